import { ownTurn } from "../base/ownTurn.ts";

/** How long work may keep the event loop for itself, in milliseconds. */
const TURN_MS = 10;

/** Paces long work: whoever calls `pause` between two steps gives all others their turn in time. */
export class Pace {
  #turnBeganAt = performance.now();

  /** Resolves at once while the turn is short, else in another turn of the event loop, which no other long work has. */
  async pause(): Promise<void> {
    if (performance.now() - this.#turnBeganAt < TURN_MS) return;
    await ownTurn();
    this.#turnBeganAt = performance.now();
  }
}
