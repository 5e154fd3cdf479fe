import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { isLiving, processSpace } from "../core/processes.ts";
import { windowSchema } from "../protocol/status.ts";
import { whoIsAt } from "../server/listen/portProbe.ts";
import { patience } from "./retryBusyFile.ts";

/** Of the bridge that programs call unless they have a reason to call another. */
export const FIRST_FILE = "bridge.json";
const FILE_NAME = /^bridge(?:-\d+)?\.json$/;
/** A living bridge touches its entry in this interval, in milliseconds, for windows on other machines. */
export const HEARTBEAT_MS = 60_000;
const SILENT_MS = 5 * HEARTBEAT_MS;

/** What a client on this machine needs to call a bridge (docs/wire-contract.md#12-discovery). */
const bridgeEntrySchema = z.object({
  version: z.string().describe("The version of the extension."),
  url: z.url(),
  pid: z.int().min(1),
  started: z
    .string()
    .optional()
    .describe("Together with `pid`, identifies this process and no later one with the same ID."),
  machine: z.string().optional().describe("The machine on which `pid` is valid."),
  token: z.string(),
  windows: z.array(windowSchema),
});

export type BridgeEntry = z.infer<typeof bridgeEntrySchema>;

/** An entry and the file it is in. */
export interface FoundEntry {
  readonly name: string;
  readonly entry: BridgeEntry;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

/** The folder where bridges are found: `~/.kiro-bridge`, or what KIRO_BRIDGE_HOME says. */
export function discoveryFolder(env: NodeJS.ProcessEnv): string {
  return env["KIRO_BRIDGE_HOME"] || join(homedir(), ".kiro-bridge");
}

/** All entries in the folder, those of dead bridges included; unreadable files are left out. */
export async function findEntries(folder: string): Promise<FoundEntry[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => FILE_NAME.test(name));
  const found = await Promise.all(names.map((name) => findEntry(folder, name)));
  return found.filter((entry) => entry !== undefined);
}

export async function findEntry(folder: string, name: string): Promise<FoundEntry | undefined> {
  try {
    const path = join(folder, name);
    const [text, { mtimeMs }] = await patience.execute(() => Promise.all([readFile(path, "utf8"), stat(path)]));
    return { name, entry: bridgeEntrySchema.parse(JSON.parse(text)), modifiedAt: mtimeMs };
  } catch {
    return undefined;
  }
}

/** What stands in its file. */
export function entryText(entry: BridgeEntry): string {
  return `${JSON.stringify(bridgeEntrySchema.parse(entry), undefined, 2)}\n`;
}

/** The file of a bridge while `bridge.json` belongs to another. */
export function ownFile({ url }: Pick<BridgeEntry, "url">): string {
  return `bridge-${URL.parse(url)?.port ?? ""}.json`;
}

export function isSame(a: Pick<BridgeEntry, "pid" | "url">, b: Pick<BridgeEntry, "pid" | "url">): boolean {
  return a.pid === b.pid && a.url === b.url;
}

/** Whether the process has ended that wrote an entry. Costs no look at the network. */
export async function isGone({ entry, modifiedAt }: FoundEntry): Promise<boolean> {
  return isForeign(entry) ? Date.now() - modifiedAt > SILENT_MS : !(await isLiving(entry));
}

/**
 * Whether a living bridge still stands behind an entry. One that is slow to answer does: it is busy. One does not when nobody
 * listens at its address, or somebody who does not have its token.
 */
export async function isServed(found: FoundEntry): Promise<boolean> {
  return !(await isGone(found)) && (isForeign(found.entry) || !(await isElsewhere(found.entry)));
}

/** Whether the process that has an entry's id now is certainly the one that wrote it, and has one bridge alone. */
export function isCertain({ entry }: FoundEntry): boolean {
  return isForeign(entry) || (entry.started !== undefined && entry.pid !== process.pid);
}

/** Earlier versions can not prove that they have the token. */
async function isElsewhere({ url, token, machine }: BridgeEntry): Promise<boolean> {
  return (await whoIsAt(url, machine === undefined ? undefined : token)) === "other";
}

/** Of another machine or container which uses the same folder: its process ids and addresses say nothing here. */
function isForeign({ machine }: BridgeEntry): boolean {
  return machine !== undefined && machine !== processSpace;
}
