import type { Writable } from "node:stream";

/** So much goes out at once, in bytes: what lies here looks like a reader that does not keep up. */
const MAX_CORKED_BYTES = 64 * 1024;

/**
 * Gathers what is written to connections within one turn of the event loop: one system call for each instead of one
 * for each event.
 */
export class WriteBatcher {
  readonly #corked = new Set<Writable>();

  /** Call it before each write. */
  cork(stream: Writable): void {
    if (this.#corked.has(stream)) {
      if (stream.writableLength > MAX_CORKED_BYTES && this.#corked.delete(stream)) stream.uncork();
      return;
    }
    if (this.#corked.size === 0) setImmediate(() => this.#uncork());
    stream.cork();
    this.#corked.add(stream);
  }

  #uncork(): void {
    for (const stream of this.#corked) stream.uncork();
    this.#corked.clear();
  }
}
