/** Something that holds a resource until it is disposed. `dispose` is idempotent. */
export interface Disposable {
  dispose(): void | PromiseLike<void>;
}

/** Wraps a function in a disposable, which calls it at most once. */
export function toDisposable(release: () => void | PromiseLike<void>): Disposable {
  let released = false;
  return {
    dispose: () => {
      if (released) return;
      released = true;
      return release();
    },
  };
}

/**
 * Owns disposables and disposes them one by one, in reverse order of registration. If some of them throw, the others
 * are still disposed, and all errors are reported at the end.
 */
export class DisposableStore implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  /**
   * Takes ownership of a disposable and returns it, so that it can be registered in the line that creates it. Disposes
   * it at once if the store is disposed.
   */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) void Promise.resolve(item.dispose()).catch(() => undefined);
    else this.#items.push(item);
    return item;
  }

  /** Registers a release function. */
  defer(release: () => void | PromiseLike<void>): void {
    this.add(toDisposable(release));
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const failures: unknown[] = [];
    for (let item = this.#items.pop(); item !== undefined; item = this.#items.pop()) {
      try {
        await item.dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "some resources could not be released");
  }
}
