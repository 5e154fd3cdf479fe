import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isLiving } from "../../core/processes.ts";
import { type ChainEnd, emptyChain, hashOf } from "./auditChain.ts";
import { type AuditFileStat, headNameOf, listAuditFiles, machine } from "./auditFolder.ts";
import { readHead } from "./auditHead.ts";
import type { AuditIndex, IndexEntry, IndexedFile } from "./auditIndex.ts";
import { fileLines } from "./fileLines.ts";

export interface UpkeepOptions {
  readonly maxAgeMs: number;
  /** Maximum size of the files of all windows. */
  readonly maxTotalBytes: number;
}

/** Work on the files of all windows. The entries are to be in the index before the files are removed. */
export interface Upkeep {
  readonly entries: readonly IndexEntry[];
  readonly removals: readonly string[];
}

/**
 * Plans what the files of all windows need: those of killed processes are closed, expired and surplus ones removed.
 * Call it under the folder's lock.
 */
export async function planUpkeep(folder: string, index: AuditIndex, options: UpkeepOptions): Promise<Upkeep> {
  const files = await listAuditFiles(folder);
  const entries: IndexEntry[] = [];
  const open = new Set<string>();
  for (const [file, known] of index.files) {
    if (known.closed !== undefined || known.removed !== undefined || known.opened === undefined) continue;
    if (await mayBeWritten(known.opened)) open.add(file);
    else entries.push({ kind: "closed", file, ...(await foundEnd(folder, file)), reason: "killed" });
  }
  const removed = surplusOf(files, index, open, options);
  const leftovers = files.filter(({ name }) => index.files.get(name)?.removed !== undefined).map(({ name }) => name);
  return { entries: [...entries, ...removed], removals: [...leftovers, ...removed.map(({ file }) => file)] };
}

/** Skips files that cannot be removed; the next upkeep tries again. */
export async function removeAuditFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names.flatMap((file) => [file, headNameOf(file)])) {
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** Returns true for a file of a running process. Of another machine, it is unknown. */
export async function mayBeWritten(opened: NonNullable<IndexedFile["opened"]>): Promise<boolean> {
  return opened.machine !== machine || (await isLiving(opened));
}

/** Returns the end of a file that was not closed. A file that is shorter than its head keeps the end of the head. */
async function foundEnd(folder: string, name: string): Promise<ChainEnd> {
  const head = (await readHead(folder, headNameOf(name))) ?? emptyChain;
  let lines = 0;
  let last: Buffer | undefined;
  for await (const line of fileLines(createReadStream(join(folder, name)))) {
    if (!line.isWhole) continue;
    lines++;
    last = line.bytes;
  }
  return last === undefined || head.lines > lines ? head : { lines, hash: hashOf(last) };
}

function surplusOf(
  files: readonly AuditFileStat[],
  index: AuditIndex,
  open: ReadonlySet<string>,
  { maxAgeMs, maxTotalBytes }: UpkeepOptions,
): Extract<IndexEntry, { kind: "removed" }>[] {
  const oldest = Date.now() - maxAgeMs;
  let total = files.reduce((sum, { size }) => sum + size, 0);
  const surplus: Extract<IndexEntry, { kind: "removed" }>[] = [];
  for (const { name: file, size, modifiedAt } of files) {
    if (index.files.get(file)?.removed !== undefined) continue;
    const isOld = modifiedAt < oldest;
    // A file of another machine that is old is no longer written: files are rotated after a day.
    if (!isOld && (open.has(file) || total <= maxTotalBytes)) continue;
    surplus.push({ kind: "removed", file, reason: isOld ? "age" : "size" });
    total -= size;
  }
  return surplus;
}
