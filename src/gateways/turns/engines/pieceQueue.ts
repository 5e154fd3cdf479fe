import { abortable } from "../../../base/deadline.ts";
import type { Piece } from "../turn.ts";

/** Number of pieces that may wait for the reader. */
const MOST_WAITING = 32;

/** The pieces of one response for its only reader, at the pace of the reader. */
export class PieceQueue {
  #pieces: Piece[] = [];
  #hasLast = false;
  #isClosed = false;
  #changed = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();

  /** Adds a piece, unless the last one was added. Resolves when there is room for the next one, or the reader has gone. */
  async add(piece: Piece): Promise<void> {
    if (this.#hasLast || this.#isClosed) return;
    this.#hasLast = piece.type === "end" || piece.type === "failed";
    this.#pieces.push(piece);
    this.#changed.resolve();
    while (this.#pieces.length >= MOST_WAITING && !this.#hasClosed()) await this.#taken.promise;
  }

  /** See `TurnResponse.pieces`. @throws the signal's reason */
  async *read(signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    for (;;) {
      signal.throwIfAborted();
      const pieces = this.#pieces;
      this.#pieces = [];
      this.#taken.resolve();
      this.#taken = Promise.withResolvers<void>();
      this.#changed = Promise.withResolvers<void>();
      const isEnd = this.#hasLast;
      yield* pieces;
      if (isEnd) return;
      if (this.#pieces.length === 0) await abortable(this.#changed.promise, signal);
    }
  }

  /** Drops everything: the reader has gone. */
  close(): void {
    this.#isClosed = true;
    this.#pieces = [];
    this.#taken.resolve();
  }

  #hasClosed(): boolean {
    return this.#isClosed;
  }
}
