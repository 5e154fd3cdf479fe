import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";

/** Time in milliseconds in which the windows of the last owner join the next one. */
const JOIN_MS = 1500;

/**
 * The windows that the last owner of the address had. Requests for them wait for a moment: after a takeover, they are about
 * to join.
 */
export class ExpectedWindows implements Disposable {
  readonly #awaited: Set<string>;
  readonly #joined = Promise.withResolvers<void>();
  readonly #deadline: Disposable;
  #isOver = false;

  constructor(windowIds: readonly string[], clock: Clock) {
    this.#awaited = new Set(windowIds);
    this.#deadline = clock.after(JOIN_MS, () => this.dispose());
    this.#check();
  }

  /** Resolves when all of them have joined or ended, or the time is over. Undefined: that is so. */
  get whenJoined(): Promise<void> | undefined {
    return this.#isOver ? undefined : this.#joined.promise;
  }

  /** Takes note of a window that has joined or ended. */
  settle(windowId: string): void {
    this.#awaited.delete(windowId);
    this.#check();
  }

  dispose(): void {
    this.#isOver = true;
    void this.#deadline.dispose();
    this.#joined.resolve();
  }

  #check(): void {
    if (this.#awaited.size === 0) this.dispose();
  }
}
