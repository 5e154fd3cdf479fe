import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { isLiving, processSpace } from "../core/processes.ts";
import { windowSchema } from "../protocol/status.ts";
import { whoIsAt } from "../server/listen/portProbe.ts";
import { retryBusyFile } from "../core/sharedFolder/retryBusyFile.ts";

/** The entry of the bridge that programs call by default. */
export const FIRST_FILE = "bridge.json";
const FILE_NAME = /^bridge(?:-\d+)?\.json$/;
/**
 * Interval in milliseconds in which a running bridge touches its entry: the heartbeat for windows on other machines.
 */
export const HEARTBEAT_MS = 60_000;
const SILENT_MS = 5 * HEARTBEAT_MS;

/** Everything a client on this machine needs to call a bridge (docs/wire-contract.md#12-discovery). */
export const bridgeEntrySchema = z.object({
  version: z.string().describe("The version of the extension."),
  url: z.url(),
  pid: z.int().min(1),
  started: z
    .string()
    .optional()
    .describe("Together with `pid`, identifies this process and no later one with the same ID."),
  machine: z.string().optional().describe("The machine on which `pid` is valid."),
  token: z.string().optional().describe("Absent if programs must ask for their own (`auth.discovery`)."),
  windows: z.array(windowSchema),
});

export type BridgeEntry = z.infer<typeof bridgeEntrySchema>;

/** An entry and the name of its file. */
export interface FoundEntry {
  readonly name: string;
  readonly entry: BridgeEntry;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

/** Returns the discovery folder: `KIRO_BRIDGE_HOME`, or `~/.kiro-bridge` by default. */
export function discoveryFolder(env: NodeJS.ProcessEnv): string {
  return env["KIRO_BRIDGE_HOME"] || join(homedir(), ".kiro-bridge");
}

/** Reads all entries in the folder, stale ones included. Skips unreadable files. */
export async function findEntries(folder: string): Promise<FoundEntry[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => FILE_NAME.test(name));
  const found = await Promise.all(names.map((name) => findEntry(folder, name)));
  return found.filter((entry) => entry !== undefined);
}

export async function findEntry(folder: string, name: string): Promise<FoundEntry | undefined> {
  try {
    const path = join(folder, name);
    const [text, { mtimeMs }] = await retryBusyFile.execute(() => Promise.all([readFile(path, "utf8"), stat(path)]));
    return { name, entry: bridgeEntrySchema.parse(JSON.parse(text)), modifiedAt: mtimeMs };
  } catch {
    return undefined;
  }
}

/** Serializes an entry. */
export function entryText(entry: BridgeEntry): string {
  return `${JSON.stringify(bridgeEntrySchema.parse(entry), undefined, 2)}\n`;
}

/** Returns the file name of a bridge that does not own `bridge.json`. */
export function ownFile({ url }: Pick<BridgeEntry, "url">): string {
  return `bridge-${URL.parse(url)?.port ?? ""}.json`;
}

/** The fields that identify a bridge. */
export type BridgeIdentity = Pick<BridgeEntry, "pid" | "url" | "machine">;

export function isSame(a: BridgeIdentity, b: BridgeIdentity): boolean {
  const isOneMachine = a.machine === undefined || b.machine === undefined || a.machine === b.machine;
  return a.pid === b.pid && a.url === b.url && isOneMachine;
}

/** Returns true if the process that wrote the entry has ended. Makes no network request. */
export async function isGone({ entry, modifiedAt }: FoundEntry): Promise<boolean> {
  return isForeign(entry) ? Date.now() - modifiedAt > SILENT_MS : !(await isLiving(entry));
}

/**
 * Returns true if a running bridge serves the entry. A bridge that responds slowly counts as running; an entry does not
 * if nothing listens at its address, or the listener does not have its token.
 */
export async function isServed(found: FoundEntry): Promise<boolean> {
  return !(await isGone(found)) && (isForeign(found.entry) || !(await isElsewhere(found.entry)));
}

/** Returns true if the process with the entry's ID is certainly the one that wrote it, and hosts only one bridge. */
export function isCertain({ entry }: FoundEntry): boolean {
  return isForeign(entry) || (entry.started !== undefined && entry.pid !== process.pid);
}

/**
 * Returns true if the address belongs to something else. Earlier versions cannot prove that they have the token, and a
 * bridge without a published token cannot prove anything to us.
 */
async function isElsewhere({ url, token, machine }: BridgeEntry): Promise<boolean> {
  return (await whoIsAt(url, machine === undefined ? undefined : token)) === "other";
}

/**
 * Returns true for an entry of another machine or container that shares the folder: its process IDs and addresses are
 * not valid here.
 */
export function isForeign({ machine }: BridgeEntry): boolean {
  return machine !== undefined && machine !== processSpace;
}
