/** Messages that wait for handlers in one turn of the event loop; with more, the turn ends for timers and input. */
const MESSAGES_PER_TURN = 5000;

const DONE: Promise<void> = Promise.resolve();

interface NextTurn {
  readonly begun: Promise<void>;
  readonly begin: () => void;
}

/**
 * Keeps messages from occupying the event loop: two handlers that answer each other synchronously, or a publisher in a
 * loop, would never let it go on. After too many messages in one turn, handlers run in the next one, and publishers
 * wait until they have.
 */
export class Turns {
  #left = MESSAGES_PER_TURN;
  #work: (() => void)[] = [];
  #next: NextTurn | undefined;

  get hasRoom(): boolean {
    return this.#left > 0;
  }

  /** Counts a message that waits for a handler. */
  spend(): void {
    if (this.#left === MESSAGES_PER_TURN) setImmediate(this.#begin);
    this.#left -= 1;
  }

  /** Runs work after the current code: in this turn if it has room, else in the next. Call it after `spend`. */
  defer(work: () => void): void {
    if (this.hasRoom) queueMicrotask(work);
    else this.#work.push(work);
  }

  /** Resolves when work that was deferred has run. */
  settled(): Promise<void> {
    if (this.hasRoom) return DONE;
    this.#next ??= nextTurn();
    return this.#next.begun;
  }

  /** Handlers come before publishers, which would use the room of the turn up. */
  readonly #begin = (): void => {
    this.#left = MESSAGES_PER_TURN;
    const work = this.#work;
    this.#work = [];
    for (const run of work) run();
    this.#next?.begin();
    this.#next = undefined;
  };
}

function nextTurn(): NextTurn {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return { begun, begin };
}
