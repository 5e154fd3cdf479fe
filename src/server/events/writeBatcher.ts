import type { Writable } from "node:stream";
import { atEndOfTurn, commitNow } from "../../base/endOfTurn.ts";

/** Size in bytes above which a batch is written: corked data looks like that of a slow reader. */
const MAX_CORKED_BYTES = 64 * 1024;

/** Batches the writes to each connection within a turn of the event loop: one system call instead of one per event. */
export class WriteBatcher {
  readonly #corked = new Set<Writable>();

  /** Call it before each write. */
  cork(stream: Writable): void {
    if (this.#corked.has(stream)) {
      if (stream.writableLength > MAX_CORKED_BYTES && this.#corked.delete(stream)) {
        commitNow();
        stream.uncork();
      }
      return;
    }
    if (this.#corked.size === 0) atEndOfTurn("write", () => this.#uncork());
    stream.cork();
    this.#corked.add(stream);
  }

  #uncork(): void {
    for (const stream of this.#corked) stream.uncork();
    this.#corked.clear();
  }
}
