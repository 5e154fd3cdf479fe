import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1024 * 1024;
/** Maximum length of a line in bytes. Longer lines are skipped. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

/** The position of a whole line in a file, without its newline, in bytes. */
export interface LinePlace {
  readonly offset: number;
  readonly length: number;
}

export interface LineSpan {
  readonly from: number;
  /** Offset in bytes at which scanning stops. */
  readonly to: number;
}

/**
 * Visits the whole lines of a part of a file. Text after the last newline is skipped: it is truncated, or still being
 * written.
 * @param headBytes maximum length of the head passed to `visit`
 * @returns the offset after the last whole line
 */
export async function scanLines(
  file: FileHandle,
  { from, to }: LineSpan,
  headBytes: number,
  visit: (head: string, place: LinePlace) => void,
): Promise<number> {
  let lineStart = from;
  let position = from;
  let head = "";
  const buffer = Buffer.allocUnsafe(Math.max(1024, Math.min(CHUNK_BYTES, to - from)));
  while (lineStart < to) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    let at = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = buffer.indexOf(NEWLINE, at)) {
      if (lineStart >= to) return lineStart;
      visit(head + headOf(buffer, at, end, headBytes - head.length), {
        offset: lineStart,
        length: position + end - lineStart,
      });
      at = end + 1;
      lineStart = position + at;
      head = "";
    }
    head += headOf(buffer, at, bytesRead, headBytes - head.length);
    position += bytesRead;
  }
  return lineStart;
}

/** Decodes the head of a line, whose relevant part is ASCII. */
function headOf(buffer: Buffer, start: number, end: number, maxBytes: number): string {
  return buffer.toString("latin1", start, Math.min(end, start + maxBytes));
}

/** @returns "" for a line that is too long or no longer exists */
export async function readLine(file: FileHandle, place: LinePlace): Promise<string> {
  for await (const line of readLines(file, [place])) return line;
  return "";
}

/**
 * Reads lines in the order of their positions. Adjacent lines are read together; lines that are too long are skipped.
 */
export async function* readLines(file: FileHandle, places: readonly LinePlace[]): AsyncGenerator<string> {
  const readable = places.filter(({ length }) => length <= MAX_LINE_BYTES);
  for (let at = 0; at < readable.length; ) {
    const block = blockAt(readable, at);
    const buffer = Buffer.allocUnsafe(block.length);
    const { bytesRead } = await file.read(buffer, 0, block.length, block.offset);
    for (const { offset, length } of readable.slice(at, at + block.lines)) {
      const start = offset - block.offset;
      yield buffer.toString("utf8", Math.min(start, bytesRead), Math.min(start + length, bytesRead));
    }
    at += block.lines;
  }
}

/** Returns the longest run of lines from index `at` that is worth one read. */
function blockAt(places: readonly LinePlace[], at: number): LinePlace & { readonly lines: number } {
  const { offset = 0, length = 0 } = places[at] ?? {};
  let end = offset + length;
  let lines = 1;
  for (let next = places[at + lines]; next !== undefined; next = places[at + lines]) {
    if (next.offset + next.length - offset > CHUNK_BYTES) break;
    end = next.offset + next.length;
    lines++;
  }
  return { offset, length: end - offset, lines };
}
