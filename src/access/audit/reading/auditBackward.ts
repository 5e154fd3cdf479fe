import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { MAX_LINE_BYTES } from "../fileLines.ts";
import type { AuditFileStat } from "../auditFolder.ts";

const BLOCK_BYTES = 32 * 1024;
const NEWLINE = 10;
const TIME = /^\{"prev":"[\da-f]{64}","seq":\d{1,15},"time":"([^"]{1,40})"/;

/** A place in the order of all lines: by time, then by file, then by position. */
export interface AuditPlace {
  /** ISO 8601. */
  readonly time: string;
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
}

export interface PlacedLine extends AuditPlace {
  readonly text: string;
}

export function isBefore(a: AuditPlace, b: AuditPlace): boolean {
  if (a.time !== b.time) return a.time < b.time;
  return a.file === b.file ? a.offset < b.offset : a.file < b.file;
}

/** Reads one file from its end to its beginning, a block at a time. Lines that are too long are skipped. */
export class BackwardFile {
  readonly #folder: string;
  readonly #file: string;
  /** Lines before this offset are not read yet. */
  #end: number;
  #lines: PlacedLine[] = [];

  private constructor(folder: string, file: string, end: number) {
    this.#folder = folder;
    this.#file = file;
    this.#end = end;
  }

  /** @param before the first line that is read is the last one before this place */
  static async open(
    folder: string,
    { name, size }: AuditFileStat,
    before: AuditPlace | undefined,
  ): Promise<BackwardFile> {
    const end = before === undefined ? size : await endBefore(join(folder, name), name, size, before);
    return new BackwardFile(folder, name, end);
  }

  /** Returns the last line that is not taken, or undefined at the beginning of the file. */
  async peek(): Promise<PlacedLine | undefined> {
    while (this.#lines.length === 0 && this.#end > 0) await this.#readBlock();
    return this.#lines.at(-1);
  }

  take(): void {
    this.#lines.pop();
  }

  async #readBlock(): Promise<void> {
    await withFile(join(this.#folder, this.#file), async (file) => {
      for (let length = BLOCK_BYTES; ; length *= 2) {
        const start = Math.max(0, this.#end - length);
        const block = await readAt(file, start, this.#end - start);
        const { lines, from } = linesIn(block, start, this.#file);
        if (from === undefined && start > 0 && length < MAX_LINE_BYTES) continue;
        this.#lines = lines;
        this.#end = from ?? start;
        return;
      }
    });
  }
}

/** @returns the whole lines of a block, and the offset of the first of them; undefined if there is none */
function linesIn(block: Buffer, start: number, file: string): { readonly lines: PlacedLine[]; readonly from?: number } {
  const first = start === 0 ? 0 : block.indexOf(NEWLINE) + 1;
  if (start > 0 && (first === 0 || first === block.length)) return { lines: [] };
  const lines: PlacedLine[] = [];
  let at = first;
  for (let end = block.indexOf(NEWLINE, at); end >= 0; end = block.indexOf(NEWLINE, at)) {
    const text = block.toString("utf8", at, end);
    const time = timeOf(text);
    if (time !== undefined) lines.push({ text, time, file, offset: start + at });
    at = end + 1;
  }
  return { lines, from: start + first };
}

function timeOf(line: string): string | undefined {
  return TIME.exec(line)?.[1];
}

/** Searches the end of the lines before a place. Times never decrease within a file. */
async function endBefore(path: string, name: string, size: number, place: AuditPlace): Promise<number> {
  if (name === place.file) return Math.min(size, place.offset);
  let low = 0;
  let high = size;
  let found = size;
  await withFile(path, async (file) => {
    while (high - low > BLOCK_BYTES) {
      const middle = low + Math.floor((high - low) / 2);
      const line = await firstLineAfter(file, middle, high, name);
      if (line !== undefined && isBefore(line, place)) low = line.offset;
      else high = middle;
    }
    // The line at `high` may begin before it.
    const block = await readAt(file, low, Math.min(size, high + 2 * BLOCK_BYTES) - low);
    const next = linesIn(block, low, name).lines.find((line) => !isBefore(line, place));
    found = next?.offset ?? low + block.length;
  });
  return found;
}

async function firstLineAfter(
  file: FileHandle,
  from: number,
  to: number,
  name: string,
): Promise<PlacedLine | undefined> {
  return linesIn(await readAt(file, from, Math.min(to - from + BLOCK_BYTES, 2 * BLOCK_BYTES)), from, name).lines[0];
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, start);
  return buffer.subarray(0, bytesRead);
}

/** A file that was removed meanwhile has no lines. */
async function withFile(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, "r").catch(() => undefined);
  try {
    if (file !== undefined) await work(file);
  } finally {
    await file?.close();
  }
}
