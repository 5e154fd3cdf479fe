const NEWLINE = 10;
/** Maximum length of a line in bytes: those of the log have less than 64 KiB. */
export const MAX_LINE_BYTES = 1024 * 1024;

export interface FileLine {
  /** Without its newline, and at most `MAX_LINE_BYTES` of it. */
  readonly bytes: Buffer;
  /** False for text after the last newline. */
  readonly isWhole: boolean;
  readonly isTooLong: boolean;
}

/** Splits a file into lines, in bounded memory. A file that does not exist has none. */
export async function* fileLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer): void => {
    if (length < MAX_LINE_BYTES && part.length > 0) parts.push(part);
    length += part.length;
  };
  const take = (isWhole: boolean): FileLine => {
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    const line = { bytes: bytes.subarray(0, MAX_LINE_BYTES), isWhole, isTooLong: length > MAX_LINE_BYTES };
    parts = [];
    length = 0;
    return line;
  };
  try {
    for await (const chunk of chunks) {
      let at = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
        add(chunk.subarray(at, end));
        yield take(true);
        at = end + 1;
      }
      add(chunk.subarray(at));
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  if (length > 0) yield take(false);
}
