import type { Disposable } from "../../../src/base/disposables.ts";

/** Counts the rounds of the event loop, to tell what happened in the same one. */
export class Rounds implements Disposable {
  #now = 0;
  #next: NodeJS.Immediate;

  constructor() {
    const count = (): void => {
      this.#now++;
      this.#next = setImmediate(count);
    };
    this.#next = setImmediate(count);
  }

  get now(): number {
    return this.#now;
  }

  dispose(): void {
    clearImmediate(this.#next);
  }
}
