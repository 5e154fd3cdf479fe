import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../core/processes.ts";

/**
 * `<start, epoch ms>-<process id>.jsonl`. Each window writes its own files, so that windows cannot corrupt each
 * other's.
 */
const FILE_NAME = /^(\d{13,})-(\d+)\.jsonl$/;
/**
 * Interval in milliseconds in which a running window touches its file. The process ID alone is not enough, because it
 * may be reused.
 */
export const HEARTBEAT_MS = 60_000;
const SILENT_MS = 2.5 * HEARTBEAT_MS;

export interface JournalFile {
  readonly path: string;
  readonly pid: number;
  readonly size: number;
  /** Epoch milliseconds, like `modifiedAt`. */
  readonly startedAt: number;
  readonly modifiedAt: number;
}

export interface JournalLimits {
  /** Maximum size of the files of all windows. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export function journalPath(folder: string, startedAt: number, pid: number): string {
  return join(folder, `${startedAt}-${pid}.jsonl`);
}

/** Lists the files of all windows, oldest first. Returns none if the folder does not exist. */
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

/** Returns the process IDs of other windows that are running. This window keeps its running executions in memory. */
export function livingPids(files: readonly JournalFile[], now = Date.now()): ReadonlySet<number> {
  const fresh = files.filter(({ pid, modifiedAt }) => pid !== process.pid && now - modifiedAt < SILENT_MS);
  return new Set(fresh.map(({ pid }) => pid).filter(isAlive));
}

/**
 * Removes expired files, then the oldest ones above the size limit. Skips files that cannot be removed.
 * @param keep the file being written, which counts but is never removed
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
