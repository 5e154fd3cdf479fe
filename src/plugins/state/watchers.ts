import type { StateChange } from "./stateDocument.ts";

/** The functions that are called with the new value of a key. */
export class Watchers {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @returns a function that ends the watch */
  add(type: StateChange["type"], key: string, listener: () => void): () => void {
    const id = `${type} ${key}`;
    // Of its own identity: one function may watch twice.
    const own = (): void => listener();
    this.#listeners.set(id, (this.#listeners.get(id) ?? new Set()).add(own));
    return () => {
      const all = this.#listeners.get(id);
      all?.delete(own);
      if (all?.size === 0) this.#listeners.delete(id);
    };
  }

  fire(changes: readonly Pick<StateChange, "type" | "key">[]): void {
    for (const { type, key } of changes) {
      for (const listener of this.#listeners.get(`${type} ${key}`) ?? []) {
        try {
          listener();
        } catch (error) {
          this.#onError(error);
        }
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
