/** Messages that wait for handlers in one turn of the event loop; with more, the turn ends for timers and input. */
const MESSAGES_PER_TURN = 5000;

const DONE: Promise<void> = Promise.resolve();

/**
 * Keeps messages from occupying the event loop: two handlers that answer each other synchronously, or a publisher in a
 * loop, would never let it go on. After too many messages in one turn, handlers run in the next one, and publishers
 * wait for it.
 */
export class Turns {
  #left = MESSAGES_PER_TURN;
  #next: Promise<void> | undefined;

  get hasRoom(): boolean {
    return this.#left > 0;
  }

  /** Counts a message that waits for a handler. */
  spend(): void {
    if (this.#left === MESSAGES_PER_TURN) setImmediate(this.#begin);
    this.#left -= 1;
  }

  /** Runs work after the current code: in this turn if it has room, else in the next. */
  defer(work: () => void): void {
    if (this.hasRoom) queueMicrotask(work);
    else setImmediate(work);
  }

  /** Resolves when work that was deferred before has begun. */
  settled(): Promise<void> {
    if (this.hasRoom) return DONE;
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = undefined;
        resolve();
      });
    });
    return this.#next;
  }

  readonly #begin = (): void => {
    this.#left = MESSAGES_PER_TURN;
  };
}
