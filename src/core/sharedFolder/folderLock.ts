import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { identify, isAlive, isLiving, processSpace } from "../processes.ts";
import { codeOf, retryBusyFile } from "./retryBusyFile.ts";

const LOCK_NAME = "bridge.lock";
const OWNER_FILE = "owner.json";
const POLL_MS = 15;
const ACQUIRE_MS = 15_000;
/**
 * The age in milliseconds below which the holder's start time is not checked: locks are held for a few milliseconds, or
 * for a few health probes.
 */
const YOUNG_MS = 2_000;
/** The age in milliseconds after which a lock is stale if another machine holds it or its owner is unreadable. */
const FOREIGN_STALE_MS = 60_000;
/**
 * The age in milliseconds after which a lock is stale if the system cannot tell the holder from a later process with
 * the same ID.
 */
const UNKNOWN_STALE_MS = 10 * 60_000;
/** The maximum depth of takeovers: a process may crash during a takeover, during the takeover of that, and so on. */
const MAX_LEVEL = 4;

const ownerSchema = z.object({
  id: z.string(),
  pid: z.int().min(1),
  started: z.string().optional(),
  space: z.string(),
});

interface Holder {
  /** Unique for each acquisition of the lock. */
  readonly id: string;
  readonly owner: z.infer<typeof ownerSchema> | undefined;
  readonly ageMs: number;
}

/**
 * Runs `work` while holding the lock of the folder, since an editor restores its windows at the same time. A stale lock
 * is taken over by exactly one process; the lock of a live process is never broken (docs/decisions/folder-lock.md).
 * @throws Error with code EEXIST if the lock cannot be acquired in time
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>, retryMs = ACQUIRE_MS): Promise<T> {
  return await withLock(join(folder, LOCK_NAME), 0, retryMs, async () => {
    await removeAbandoned(folder);
    return await work();
  });
}

async function withLock<T>(path: string, level: number, retryMs: number, work: () => Promise<T>): Promise<T> {
  const id = randomUUID();
  const own = `${path}.${id}`;
  try {
    await prepare(own, id);
    await take(own, path, level, retryMs);
    return await work();
  } finally {
    if ((await holderOf(path))?.id === id) await retryBusyFile.execute(() => rename(path, own));
    await rm(own, { recursive: true, force: true });
  }
}

/**
 * Prepares the lock folder with its owner file before it gets its final name, so that a lock always has a known owner.
 */
async function prepare(own: string, id: string): Promise<void> {
  const self = await identify(process.pid);
  await mkdir(own, { mode: 0o700 });
  const owner = JSON.stringify({ id, pid: process.pid, started: self?.started, space: processSpace });
  await writeFile(join(own, OWNER_FILE), owner, { mode: 0o600 });
}

async function take(own: string, path: string, level: number, retryMs: number): Promise<void> {
  const latest = performance.now() + retryMs;
  while (!(await renamed(own, path))) {
    await removeIfLeftBehind(path, level, retryMs);
    if (performance.now() > latest) throw takenError(path);
    await delay(POLL_MS);
  }
}

/** Renames atomically: a folder cannot replace one that is not empty, so only one of several processes succeeds. */
async function renamed(own: string, path: string): Promise<boolean> {
  try {
    await rename(own, path);
    return true;
  } catch (error) {
    if (isTaken(codeOf(error))) return false;
    throw error;
  }
}

function isTaken(code: string): boolean {
  if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(code)) return true;
  return process.platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(code);
}

/**
 * Removes a stale lock. Two processes may detect the same stale lock, and the slower one must not remove the lock that
 * the faster one has acquired since; so the removal is guarded by a lock of its own, under which the check is repeated.
 */
async function removeIfLeftBehind(path: string, level: number, retryMs: number): Promise<void> {
  const seen = await holderOf(path);
  if (seen === undefined || level >= MAX_LEVEL || !(await isLeftBehind(seen))) return;
  await withLock(`${path}.takeover`, level + 1, retryMs, async () => {
    if ((await holderOf(path))?.id !== seen.id) return;
    const discarded = `${path}.${randomUUID()}`;
    await retryBusyFile.execute(() => rename(path, discarded));
    await rm(discarded, { recursive: true, force: true });
  });
}

async function isLeftBehind({ owner, ageMs }: Holder): Promise<boolean> {
  if (owner === undefined || owner.space !== processSpace) return ageMs > FOREIGN_STALE_MS;
  if (!isAlive(owner.pid)) return true;
  if (ageMs < YOUNG_MS) return false;
  return owner.started === undefined ? ageMs > UNKNOWN_STALE_MS : !(await isLiving(owner));
}

/** Returns the holder, or undefined if the lock is free. */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const owner = readOwner(await textIn(path));
    return { id: owner?.id ?? `changed at ${mtimeMs}`, owner, ageMs: Date.now() - mtimeMs };
  } catch {
    return undefined;
  }
}

/** Reads the owner. In earlier versions, the lock was a file that contained a process ID. */
async function textIn(path: string): Promise<string> {
  try {
    return await readFile(join(path, OWNER_FILE), "utf8");
  } catch (error) {
    return codeOf(error) === "ENOTDIR" ? await readFile(path, "utf8") : "";
  }
}

function readOwner(text: string): Holder["owner"] {
  if (/^\d{1,10}$/.test(text)) return { id: `process ${text}`, pid: Number(text), space: processSpace };
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Removes folders left by processes that crashed while acquiring or releasing the lock. They block nobody. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^bridge\.lock(?:\.takeover)*\.[\da-f-]{36}$/.test(name)) continue;
    const path = join(folder, name);
    const holder = await holderOf(path);
    if (holder !== undefined && (await isLeftBehind(holder))) await rm(path, { recursive: true, force: true });
  }
}

function takenError(path: string): Error {
  const message = `Another window holds ${basename(path)} in ${dirname(path)}.`;
  return Object.assign(new Error(message), { code: "EEXIST" });
}
