import { crc32 } from "node:zlib";

const CHECKSUM_LENGTH = 8;
const SPACE = " ";
const HEAD_LENGTH = CHECKSUM_LENGTH + SPACE.length;
/** Of UTF-8, for each unit of UTF-16. */
const MAX_BYTES_PER_UNIT = 3;
const INITIAL_BYTES = 64 * 1024;
const LARGE_BYTES = 1024 * 1024;
const NEWLINE = 10;
const SPACE_BYTE = 32;
const hexDigits = Buffer.from("0123456789abcdef");

/** Serializes a record as a line that begins with the checksum of the rest: `<CRC-32, 8 hex digits> <JSON>\n`. */
export function encodeLine(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksumOf(json)}${SPACE}${json}\n`;
}

/** Serializes records as such lines, one after another, without a text of each. */
export class LineBuffer {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  /** The lines. Valid until the next call of a method. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @returns the length of the line in bytes */
  add(record: unknown): number {
    const json = JSON.stringify(record);
    this.#makeRoom(HEAD_LENGTH + json.length * MAX_BYTES_PER_UNIT + 1);
    const start = this.#length;
    const from = start + HEAD_LENGTH;
    const end = from + this.#buffer.write(json, from);
    writeHex(crc32(this.#buffer.subarray(from, end)), this.#buffer, start);
    this.#buffer[from - 1] = SPACE_BYTE;
    this.#buffer[end] = NEWLINE;
    this.#length = end + 1;
    return this.#length - start;
  }

  /** Adds a line of before. */
  addLine(line: Uint8Array): void {
    this.#makeRoom(line.length);
    this.#buffer.set(line, this.#length);
    this.#length += line.length;
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > LARGE_BYTES) this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
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
  return hexOf(crc32(json));
}

/** Writes a checksum as `hexOf` does, without a text. */
function writeHex(checksum: number, bytes: Uint8Array, start: number): void {
  for (let at = start + CHECKSUM_LENGTH - 1, rest = checksum; at >= start; at--, rest >>>= 4) {
    bytes[at] = hexDigits[rest & 15] ?? 0;
  }
}

function hexOf(checksum: number): string {
  return checksum.toString(16).padStart(CHECKSUM_LENGTH, "0");
}
