/** Limits of one line, in bytes. Kiro's own client reads lines of 10 MB and drains up to 160 MB (docs/kiro-cli.md#46-lines). */
export interface LineLimits {
  /** A longer line is dropped. */
  readonly maxLineBytes: number;
  /** A dropped line may go on as far as this; then the stream is given up. */
  readonly maxDrainBytes: number;
}

const defaultLineLimits: LineLimits = { maxLineBytes: 16 * 1024 * 1024, maxDrainBytes: 160 * 1024 * 1024 };

export interface LineListener {
  /** A line that may be a message: its first character is `{`. Called in order. */
  message(line: string): void;
  /** A line which is not JSON by its first character: text that somebody printed (Kiro#6131). */
  noise(bytes: number): void;
  /** A line has grown beyond the limit: all of it is lost. Told once, as soon as it is known. */
  dropped(): void;
  /** The line does not end. Nothing can be read any more, and nothing more is told. */
  endless(): void;
}

const NEWLINE = 0x0a;
const BRACE = "{";

/**
 * Splits a byte stream into lines. Bytes are cut at 0x0A first and decoded afterwards, line by line, so that a chunk
 * boundary never harms a character (docs/kiro-cli.md#m6). Each byte is looked at once. A line counts as a message only when it
 * begins with `{`: a message that stands behind other text on its line is quoted by that text, not sent
 * (docs/kiro-cli.md#45-own-client).
 */
export class LineSplitter {
  readonly #listener: LineListener;
  readonly #limits: LineLimits;
  readonly #decoder = new TextDecoder("utf-8");
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #isDropping = false;
  #isEndless = false;

  constructor(listener: LineListener, limits: LineLimits = defaultLineLimits) {
    this.#listener = listener;
    this.#limits = limits;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #keep(part: Uint8Array): void {
    if (this.#isEndless) return;
    this.#pendingBytes += part.length;
    if (!this.#isDropping && this.#pendingBytes > this.#limits.maxLineBytes) {
      this.#isDropping = true;
      this.#pending = [];
      this.#listener.dropped();
    }
    if (!this.#isDropping) this.#pending.push(part);
    else if (this.#pendingBytes > this.#limits.maxDrainBytes) this.#giveUp();
  }

  #endLine(): void {
    if (this.#isEndless) return;
    const bytes = this.#pendingBytes;
    const line = this.#isDropping ? "" : this.#decoder.decode(joined(this.#pending)).trim();
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#isDropping = false;
    if (line.startsWith(BRACE)) this.#listener.message(line);
    else if (line !== "") this.#listener.noise(bytes);
  }

  #giveUp(): void {
    this.#isEndless = true;
    this.#listener.endless();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
