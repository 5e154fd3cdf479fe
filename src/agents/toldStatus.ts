import type { Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";

/** Notifies listeners of a status that is derived from facts in memory, once for each change. */
export class ToldStatus<T> implements Disposable {
  readonly #changed = new Emitter<T>();
  readonly #current: () => T;
  #lastTold = "";

  /** @param current returns the status, which JSON can represent */
  constructor(current: () => T) {
    this.#current = current;
  }

  readonly onDidChange = this.#changed.event;

  /** Notifies listeners if the status has changed. */
  tell(): void {
    const status = this.#current();
    const text = JSON.stringify(status);
    if (text === this.#lastTold) return;
    this.#lastTold = text;
    this.#changed.fire(status);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
