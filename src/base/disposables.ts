/** Something that holds a resource until it is told to let go. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void | PromiseLike<void>;
}

/** Makes a disposable of a function, which runs at most once. */
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
 * Owns disposables and releases them in reverse order of their arrival, one after the other.
 * It goes on when one of them throws and reports all failures together at the end.
 */
export class DisposableStore implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  /** Takes ownership and returns the item, so that whoever creates can register on the same line. */
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
