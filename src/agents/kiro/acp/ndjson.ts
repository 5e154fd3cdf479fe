/**
 * Limits of one line, in bytes. Kiro's own client reads lines of 10 MB and drains up to 160 MB
 * (docs/kiro-cli.md#46-lines).
 */
export interface LineLimits {
  /** Longer lines are dropped. */
  readonly maxLineBytes: number;
  /** Maximum length of a dropped line, after which the stream is abandoned. */
  readonly maxDrainBytes: number;
}

const defaultLineLimits: LineLimits = { maxLineBytes: 16 * 1024 * 1024, maxDrainBytes: 160 * 1024 * 1024 };

export interface LineListener {
  /** Called in order for each line that begins with `{`, and so may be a message. */
  message(line: string): void;
  /** Called for a line that is not JSON, such as debug output (Kiro#6131). */
  noise(bytes: number): void;
  /** Called once for each line that is dropped, as soon as it exceeds the limit. */
  dropped(): void;
  /** Called when a dropped line exceeds its limit, after which nothing is read or reported. */
  endless(): void;
}

const NEWLINE = 0x0a;
const BRACE = "{";

/**
 * Splits a byte stream into lines. Bytes are split at 0x0A first and then decoded line by line, so that chunk
 * boundaries cannot corrupt characters (docs/kiro-cli.md#m6). Each byte is examined once. Only a line that begins with
 * `{` is a message: one that follows other text on its line is quoted by that text (docs/kiro-cli.md#45-own-client).
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
