import type { IncomingShare } from "../limits/incomingBytes.ts";

/**
 * The body of a request that was read before its window was known. It counts as incoming, and is held in memory, until it
 * was sent; the response may take much longer.
 */
export class ReadBody {
  readonly length: number;
  readonly #share: IncomingShare | undefined;
  #bytes: Buffer | undefined;
  #isHeld = true;

  /** @throws BridgeError RATE_LIMIT_EXCEEDED */
  constructor(bytes: Buffer, share: IncomingShare | undefined) {
    const refusal = share?.take(bytes.length);
    if (refusal !== undefined) throw refusal;
    this.length = bytes.length;
    this.#share = share;
    this.#bytes = bytes;
  }

  /** Returns the bytes, once. Call `release` when they were sent. */
  take(): Buffer | undefined {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes;
  }

  release(): void {
    if (this.#isHeld) this.#share?.give(this.length);
    this.#isHeld = false;
    this.#bytes = undefined;
  }
}
