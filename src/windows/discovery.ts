import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import {
  type BridgeEntry,
  type BridgeIdentity,
  entryText,
  FIRST_FILE,
  findEntries,
  findEntry,
  type FoundEntry,
  HEARTBEAT_MS,
  isCertain,
  isForeign,
  isGone,
  isSame,
  isServed,
  ownFile,
} from "./bridgeEntry.ts";
import { withFolderLock } from "../core/sharedFolder/folderLock.ts";
import { codeOf, retryBusyFile } from "../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../core/sharedFolder/secretFolder.ts";

/**
 * The time in milliseconds to wait for the lock. Its holder may have been stopped, and then keeps it: the address must not
 * stay unknown meanwhile.
 */
const LOCK_MS = 2_000;

/**
 * Writes our entry, readable only by this user, to `bridge.json`, or to `bridge-<port>.json` while `bridge.json`
 * belongs to another running bridge. Call it again whenever the entry changes.
 * @param earlier URLs that our address had before: an entry with one of them, or with our own, is replaced even if its
 * process runs, because only one window owns an address
 * @param isCurrent asked right before the file is written: getting the lock takes time, in which another window may have
 * become the owner of our address, and have published it
 * @returns the path of the file, or undefined if the entry was not current any more
 */
export async function publishEntry(folder: string, entry: BridgeEntry, earlier?: ReadonlySet<string>): Promise<string>;
export async function publishEntry(
  folder: string,
  entry: BridgeEntry,
  earlier: ReadonlySet<string>,
  isCurrent: () => Promise<boolean>,
): Promise<string | undefined>;
export async function publishEntry(
  folder: string,
  entry: BridgeEntry,
  earlier: ReadonlySet<string> = new Set(),
  isCurrent: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<string | undefined> {
  await prepareFolder(folder);
  return await lockedIfPossible(folder, async () => {
    const first = await findEntry(folder, FIRST_FILE);
    const isOthers = first !== undefined && !isReplaceable(first, entry, earlier) && (await isServed(first));
    if (!(await isCurrent())) return undefined;
    const path = join(folder, isOthers ? ownFile(entry) : FIRST_FILE);
    await writeSecret(path, entryText(entry));
    if (!isOthers) await removeIfOurs(folder, ownFile(entry), entry);
    return path;
  });
}

/**
 * Holds the lock, so that windows that start at once do not overwrite each other's entries. Goes on without it when it is
 * held for too long; then `isPublished` of the one that was overwritten finds out.
 */
async function lockedIfPossible<T>(folder: string, work: () => Promise<T>): Promise<T> {
  let hasBegun = false;
  const begin = (): Promise<T> => {
    hasBegun = true;
    return work();
  };
  try {
    return await withFolderLock(folder, begin, LOCK_MS);
  } catch (error) {
    if (hasBegun || codeOf(error) !== "EEXIST") throw error;
    return await work();
  }
}

function isReplaceable({ entry }: FoundEntry, own: BridgeEntry, earlier: ReadonlySet<string>): boolean {
  return isSame(entry, own) || (!isForeign(entry) && (entry.url === own.url || earlier.has(entry.url)));
}

/** Removes our entry only, which is the one with our process ID and address. */
export async function withdrawEntry(folder: string, entry: BridgeIdentity): Promise<void> {
  for (const name of [FIRST_FILE, ownFile(entry)]) await removeIfOurs(folder, name, entry);
}

/** Reads all entries in the folder, stale ones included. */
export async function readEntries(folder: string): Promise<BridgeEntry[]> {
  return (await findEntries(folder)).map(({ entry }) => entry);
}

/** Reads the entries of bridges whose processes ended without withdrawing them. */
export async function readLeftEntries(folder: string): Promise<BridgeEntry[]> {
  return (await thoseOf(await findEntries(folder), isGone)).map(({ entry }) => entry);
}

/**
 * Removes the entries of bridges that ended without withdrawing them.
 * @param asks true to also probe the addresses of entries whose process ID may have been reused
 * @param isKept returns true for entries that are left to another window
 * @returns the removed entries, whose tokens may have been sent to other programs that listen at these addresses now
 */
export async function sweepEntries(
  folder: string,
  asks: boolean,
  isKept: (entry: BridgeEntry) => boolean = () => false,
): Promise<BridgeEntry[]> {
  const isLeft = async (found: FoundEntry): Promise<boolean> =>
    ((await isGone(found)) || (asks && !isCertain(found) && !(await isServed(found)))) && !isKept(found.entry);
  if ((await thoseOf(await findEntries(folder), isLeft)).length === 0) return [];
  return await lockedIfPossible(folder, async () => {
    const gone = await thoseOf(await findEntries(folder), isLeft);
    for (const { name } of gone) await retryBusyFile.execute(() => rm(join(folder, name), { force: true }));
    return gone.map(({ entry }) => entry);
  });
}

/**
 * Checks that our entry is published and up to date, and touches its file as a heartbeat for other machines.
 * @param earlier as for `publishEntry`
 * @returns false if it must be published again: it is missing or outdated, or `bridge.json` has become free
 */
export async function isPublished(
  folder: string,
  entry: BridgeEntry,
  earlier: ReadonlySet<string> = new Set(),
): Promise<boolean> {
  const found = await findEntries(folder);
  const own = found.find((other) => isSame(other.entry, entry));
  if (own === undefined || entryText(own.entry) !== entryText(entry)) return false;
  if (Date.now() - own.modifiedAt > HEARTBEAT_MS) await utimes(join(folder, own.name), new Date(), new Date());
  if (own.name === FIRST_FILE) return true;
  const first = found.find(({ name }) => name === FIRST_FILE);
  return first !== undefined && !isReplaceable(first, entry, earlier) && !(await isGone(first));
}

async function thoseOf(
  found: readonly FoundEntry[],
  isOne: (entry: FoundEntry) => Promise<boolean>,
): Promise<FoundEntry[]> {
  const are = await Promise.all(found.map(isOne));
  return found.filter((_entry, index) => are[index]);
}

async function removeIfOurs(folder: string, name: string, entry: BridgeIdentity): Promise<void> {
  const found = await findEntry(folder, name);
  if (found === undefined || !isSame(found.entry, entry)) return;
  await retryBusyFile.execute(() => rm(join(folder, name), { force: true }));
}
