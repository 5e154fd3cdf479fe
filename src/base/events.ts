import { type Disposable, toDisposable } from "./disposables.ts";

/** A subscription point: call it with a listener, dispose the answer to leave. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * The sending side of an `Event`. Listeners run synchronously, in the order of their subscription.
 * A listener that throws does not keep the others from hearing; its error goes to `onError`.
 */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<{ readonly listener: (value: T) => void }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = rethrowLater) {
    this.#onError = onError;
  }

  readonly event: Event<T> = (listener) => {
    const entry = { listener };
    this.#listeners.add(entry);
    return toDisposable(() => void this.#listeners.delete(entry));
  };

  fire(value: T): void {
    for (const { listener } of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

/** A programming error in a listener must not be lost, nor stop the sender. */
function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
