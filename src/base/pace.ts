import { ownTurn } from "./ownTurn.ts";

/** Maximum time in milliseconds to block the event loop. */
const TURN_MS = 10;

/** Yields to the event loop during long work, which calls `pause` between two steps. */
export class Pace {
  #turnBeganAt = performance.now();

  /**
   * Resolves at once within the time limit, otherwise in a later turn of the event loop that is shared with no other
   * long work.
   */
  async pause(): Promise<void> {
    if (performance.now() - this.#turnBeganAt < TURN_MS) return;
    await ownTurn();
    this.#turnBeganAt = performance.now();
  }
}
