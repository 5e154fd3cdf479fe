import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../core/processes.ts";

/** `<when it was begun, epoch ms>-<process id>.jsonl`: each window writes its own, so none can corrupt another's. */
const FILE_NAME = /^(\d{13,})-(\d+)\.jsonl$/;
/** A living window touches its file in this interval, in milliseconds: a process id alone may be somebody else's by now. */
export const HEARTBEAT_MS = 60_000;
const SILENT_MS = 2.5 * HEARTBEAT_MS;

export interface JournalFile {
  readonly path: string;
  readonly pid: number;
  readonly size: number;
  /** Epoch milliseconds; also the next. */
  readonly startedAt: number;
  readonly modifiedAt: number;
}

export interface JournalLimits {
  /** Of all windows' files together. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export function journalPath(folder: string, startedAt: number, pid: number): string {
  return join(folder, `${startedAt}-${pid}.jsonl`);
}

/** The files of all windows, oldest first. A folder that is not there has none. */
export async function journalFiles(folder: string): Promise<JournalFile[]> {
  const names = await readdir(folder).catch(() => []);
  const inOrder = names.toSorted((a, b) => (a < b ? -1 : 1));
  const found = await Promise.all(inOrder.map((name) => describe(folder, name)));
  return found.filter((file) => file !== undefined);
}

async function describe(folder: string, name: string): Promise<JournalFile | undefined> {
  const [, startedAt, pid] = FILE_NAME.exec(name) ?? [];
  const path = join(folder, name);
  const stats = pid === undefined ? undefined : await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) return undefined;
  return { path, pid: Number(pid), size: stats.size, startedAt: Number(startedAt), modifiedAt: stats.mtimeMs };
}

/** The process ids of windows that still write, ours left out: what ours has not ended is in memory. */
export function livingPids(files: readonly JournalFile[], now = Date.now()): ReadonlySet<number> {
  const fresh = files.filter(({ pid, modifiedAt }) => pid !== process.pid && now - modifiedAt < SILENT_MS);
  return new Set(fresh.map(({ pid }) => pid).filter(isAlive));
}

/**
 * Removes what is too old, and the oldest of what is too much. A file that cannot be removed stays for another time.
 * @param keep is written to: it counts, and stays whatever happens
 */
export async function trimJournal(folder: string, keep: string | undefined, limits: JournalLimits): Promise<void> {
  const files = await journalFiles(folder);
  const oldest = Date.now() - limits.maxAgeMs;
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size, startedAt, modifiedAt } of files) {
    const isOld = Math.min(startedAt, modifiedAt) < oldest;
    if (path === keep || (!isOld && total <= limits.maxBytes)) continue;
    const isRemoved = await rm(path, { force: true }).then(
      () => true,
      () => false,
    );
    if (isRemoved) total -= size;
  }
}
