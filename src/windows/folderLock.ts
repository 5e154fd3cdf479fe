import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { identify, isAlive, isLiving, processSpace } from "../core/processes.ts";
import { codeOf, patience } from "./retryBusyFile.ts";

const LOCK_NAME = "bridge.lock";
const OWNER_FILE = "owner.json";
const POLL_MS = 15;
const PATIENCE_MS = 15_000;
/** A lock is held for a few ms, or a few health probes. A younger one is not asked when its process started. */
const YOUNG_MS = 2_000;
/** What another machine holds is judged by its age, and so is what nobody can read. */
const FOREIGN_STALE_MS = 60_000;
/** The same where the system does not tell a process from a later one with its id. */
const UNKNOWN_STALE_MS = 10 * 60_000;
/** A crash while a lock is taken over, and one while that is taken over, and so on. */
const MAX_LEVEL = 4;

const ownerSchema = z.object({
  id: z.string(),
  pid: z.int().min(1),
  started: z.string().optional(),
  space: z.string(),
});

interface Holder {
  /** Of this very lock: another one in its place has another. */
  readonly id: string;
  readonly owner: z.infer<typeof ownerSchema> | undefined;
  readonly ageMs: number;
}

/**
 * Does `work` while no other window works in the folder: windows that the editor restores together start together. What a
 * crashed window left behind is taken over by exactly one; a living one is never robbed (docs/decisions/folder-lock.md).
 * @throws Error with code EEXIST when the lock cannot be had in time.
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>, retryMs = PATIENCE_MS): Promise<T> {
  return await withLock(join(folder, LOCK_NAME), 0, retryMs, async () => {
    await removeLitter(folder);
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
    if ((await holderOf(path))?.id === id) await patience.execute(() => rename(path, own));
    await rm(own, { recursive: true, force: true });
  }
}

/** The lock is a folder that says whose it is before it has its name: there is no moment in which nobody knows the holder. */
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

/** A folder does not take the place of one that has something in it: the system decides who of many comes first. */
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
 * Two may see the same lock left behind, and the slower one must not remove what the quicker one has taken meanwhile. So whoever
 * removes holds a lock for that, and looks again: nobody else may remove it now, and its owner cannot.
 */
async function removeIfLeftBehind(path: string, level: number, retryMs: number): Promise<void> {
  const seen = await holderOf(path);
  if (seen === undefined || level >= MAX_LEVEL || !(await isLeftBehind(seen))) return;
  await withLock(`${path}.takeover`, level + 1, retryMs, async () => {
    if ((await holderOf(path))?.id !== seen.id) return;
    const grave = `${path}.${randomUUID()}`;
    await patience.execute(() => rename(path, grave));
    await rm(grave, { recursive: true, force: true });
  });
}

async function isLeftBehind({ owner, ageMs }: Holder): Promise<boolean> {
  if (owner === undefined || owner.space !== processSpace) return ageMs > FOREIGN_STALE_MS;
  if (!isAlive(owner.pid)) return true;
  if (ageMs < YOUNG_MS) return false;
  return owner.started === undefined ? ageMs > UNKNOWN_STALE_MS : !(await isLiving(owner));
}

/** Undefined: there is no lock. */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const owner = readOwner(await textIn(path));
    return { id: owner?.id ?? `changed at ${mtimeMs}`, owner, ageMs: Date.now() - mtimeMs };
  } catch {
    return undefined;
  }
}

/** Earlier versions had a file with a process id in it. */
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

/** What a crash leaves while a lock is waited for, or let go. It is in nobody's way. */
async function removeLitter(folder: string): Promise<void> {
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
