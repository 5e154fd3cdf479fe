import { chmod, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { windowSchema } from "../protocol/status.ts";
import { isAlive } from "../core/processes.ts";
import { isBridge } from "../server/portProbe.ts";
import { withFolderLock } from "./folderLock.ts";
import { patience } from "./patience.ts";

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const FIRST_FILE = "bridge.json";
const FILE_NAME = /^bridge(?:-\d+)?\.json$/;

/** What a client on this machine needs to call a bridge (wire contract §1). */
const bridgeEntrySchema = z.object({
  version: z.string().describe("The version of the extension."),
  url: z.url(),
  pid: z.int().min(1),
  token: z.string(),
  windows: z.array(windowSchema),
});

export type BridgeEntry = z.infer<typeof bridgeEntrySchema>;

/** The folder where bridges are found: `~/.kiro-bridge`, or what KIRO_BRIDGE_HOME says. */
export function discoveryFolder(env: NodeJS.ProcessEnv): string {
  return env["KIRO_BRIDGE_HOME"] || join(homedir(), ".kiro-bridge");
}

/**
 * Writes our entry, readable by this user alone: `bridge.json`, or `bridge-<port>.json` while `bridge.json` belongs to
 * another living bridge. Call it again whenever the entry changes.
 * @returns the path of the file.
 */
export async function publishEntry(folder: string, entry: BridgeEntry): Promise<string> {
  await prepareFolder(folder);
  return withFolderLock(folder, async () => {
    const first = await readEntry(join(folder, FIRST_FILE));
    const isOthers = first !== undefined && !isSame(first, entry) && (await isLiving(first));
    const name = isOthers ? ownFile(entry) : FIRST_FILE;
    const path = join(folder, name);
    const text = `${JSON.stringify(entry, undefined, 2)}\n`;
    await patience.execute(() => writeFileAtomic(path, text, { mode: OWNER_ONLY_FILE }));
    if (!isOthers) await removeIfOurs(join(folder, ownFile(entry)), entry);
    return path;
  });
}

/** Removes our entry, and no other: pid and address must be ours. */
export async function withdrawEntry(folder: string, entry: Pick<BridgeEntry, "pid" | "url">): Promise<void> {
  for (const name of [FIRST_FILE, ownFile(entry)]) await removeIfOurs(join(folder, name), entry);
}

/** All entries in the folder, those of dead bridges included; unreadable files are left out. */
export async function readEntries(folder: string): Promise<BridgeEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(
    names.filter((name) => FILE_NAME.test(name)).map((name) => readEntry(join(folder, name))),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** Makes the folder; an existing one that others may enter is closed to them: it holds a secret. */
async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  if (process.platform === "win32") return;
  const { mode } = await stat(folder);
  if ((mode & 0o777) !== OWNER_ONLY_FOLDER) await chmod(folder, OWNER_ONLY_FOLDER);
}

async function readEntry(path: string): Promise<BridgeEntry | undefined> {
  try {
    return bridgeEntrySchema.parse(JSON.parse(await patience.execute(() => readFile(path, "utf8"))));
  } catch {
    return undefined;
  }
}

async function removeIfOurs(path: string, entry: Pick<BridgeEntry, "pid" | "url">): Promise<void> {
  const found = await readEntry(path);
  if (found !== undefined && isSame(found, entry)) await patience.execute(() => rm(path, { force: true }));
}

async function isLiving({ pid, url }: BridgeEntry): Promise<boolean> {
  return isAlive(pid) && (await isBridge(url));
}

function isSame(a: Pick<BridgeEntry, "pid" | "url">, b: Pick<BridgeEntry, "pid" | "url">): boolean {
  return a.pid === b.pid && a.url === b.url;
}

function ownFile({ url }: Pick<BridgeEntry, "url">): string {
  return `bridge-${URL.parse(url)?.port ?? ""}.json`;
}
