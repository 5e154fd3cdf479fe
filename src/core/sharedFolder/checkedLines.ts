import { crc32 } from "node:zlib";

const CHECKSUM_LENGTH = 8;
const SPACE = " ";
const NEWLINE = 10;

/** Serializes a record as a line that begins with the checksum of the rest: `<CRC-32, 8 hex digits> <JSON>\n`. */
export function encodeLine(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksumOf(json)}${SPACE}${json}\n`;
}

/** @param line without its newline. @returns undefined if the line is not as it was written */
export function decodeLine(line: Buffer): unknown {
  const json = line.toString("utf8", CHECKSUM_LENGTH + SPACE.length);
  if (line.toString("latin1", 0, CHECKSUM_LENGTH + SPACE.length) !== `${checksumOf(json)}${SPACE}`) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The position of a whole line in a file, without its newline, in bytes. */
export interface LinePlace {
  readonly offset: number;
  readonly length: number;
}

/** Lists the whole lines of a text. What follows the last newline is not one: the process ended while it wrote. */
export function* linesIn(bytes: Buffer): Generator<LinePlace> {
  let offset = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, offset)) {
    yield { offset, length: end - offset };
    offset = end + 1;
  }
}

function checksumOf(json: string): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, "0");
}
