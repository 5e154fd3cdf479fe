import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { linesIn } from "../../core/sharedFolder/checkedLines.ts";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";

const FILE_NAME = /^(\d{10})\.jsonl$/;
const CHUNK_BYTES = 64 * 1024;

/** One file of an outbox. */
export interface Segment {
  readonly path: string;
  /** The number of its first line in the outbox, from 1. Numbers grow from file to file, perhaps with gaps. */
  readonly first: number;
  /** Number of its whole lines. */
  lines: number;
  /** Length in bytes up to the end of the last whole line, as far as it is known. */
  bytes: number;
}

/** Whole lines of a file, without their newlines. */
export interface LineBlock {
  readonly lines: readonly Buffer[];
  /** Offset in bytes behind the last one. */
  readonly end: number;
}

export function segmentPath(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(10, "0")}.jsonl`);
}

/** Lists the files of an outbox, oldest first. Their lines are not counted. */
export async function findSegments(folder: string): Promise<Segment[]> {
  const found: Segment[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    const first = Number(FILE_NAME.exec(name)?.[1] ?? 0);
    if (first === 0) continue;
    const path = join(folder, name);
    found.push({ path, first, lines: 0, bytes: (await stat(path)).size });
  }
  return found;
}

/**
 * Reads some lines from an offset on: at least one, if there is a whole one. What follows the last newline is none: the
 * process ended while it wrote.
 * @returns undefined if the file is gone
 * @throws Error if it cannot be read at this time
 */
export async function readBlock({ path, bytes }: Segment, offset: number): Promise<LineBlock | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
  if (file === undefined) return undefined;
  try {
    for (let length = CHUNK_BYTES; ; length *= 2) {
      const buffer = Buffer.allocUnsafe(Math.min(length, Math.max(0, bytes - offset)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      const block = blockOf(buffer.subarray(0, bytesRead), offset);
      if (block.lines.length > 0 || offset + length >= bytes || bytesRead === 0) return block;
    }
  } finally {
    await file.close();
  }
}

function blockOf(bytes: Buffer, from: number): LineBlock {
  const lines: Buffer[] = [];
  let end = 0;
  for (const { offset, length } of linesIn(bytes)) {
    lines.push(bytes.subarray(offset, offset + length));
    end = offset + length + 1;
  }
  return { lines, end: from + end };
}

export async function removeSegment({ path }: Segment): Promise<void> {
  await rm(path, { force: true });
}
