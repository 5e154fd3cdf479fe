import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** A whole line of a file: where it stands, without its newline, in bytes. */
export interface LinePlace {
  readonly offset: number;
  readonly length: number;
}

/**
 * Goes through the whole lines of a file from `from` on, a line being at most as long as memory allows. What stands
 * behind the last newline is left: it is torn, or not yet written to its end.
 * @param headBytes how much of each line `visit` gets to see
 * @returns the place behind the last whole line
 */
export async function scanLines(
  file: FileHandle,
  from: number,
  headBytes: number,
  visit: (head: string, place: LinePlace) => void,
): Promise<number> {
  let lineStart = from;
  let position = from;
  let head = "";
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return lineStart;
    let at = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = buffer.indexOf(NEWLINE, at)) {
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
}

/** Heads are ASCII as far as they are looked at. */
function headOf(buffer: Buffer, start: number, end: number, maxBytes: number): string {
  return buffer.toString("latin1", start, Math.min(end, start + maxBytes));
}

export async function readLine(file: FileHandle, { offset, length }: LinePlace): Promise<string> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.toString("utf8", 0, bytesRead);
}
