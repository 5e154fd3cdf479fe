import { type Disposable, toDisposable } from "./disposables.ts";

/** A subscription point: call it with a listener, dispose the answer to leave. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

interface Listening<T> {
  readonly listener: (value: T) => void;
  hasLeft: boolean;
}

/**
 * The sending side of an `Event`. Listeners run synchronously, in the order of their subscription.
 * A listener that throws does not keep the others from hearing; its error goes to `onError`.
 */
export class Emitter<T> implements Disposable {
  /** Replaced, never changed: an event that is being fired goes to those who listened when it began. */
  #listeners: readonly Listening<T>[] = [];
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = rethrowLater) {
    this.#onError = onError;
  }

  readonly event: Event<T> = (listener) => {
    const entry: Listening<T> = { listener, hasLeft: false };
    this.#listeners = [...this.#listeners, entry];
    return toDisposable(() => {
      entry.hasLeft = true;
      this.#listeners = this.#listeners.filter((other) => other !== entry);
    });
  };

  fire(value: T): void {
    for (const entry of this.#listeners) {
      if (entry.hasLeft) continue;
      try {
        entry.listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    for (const entry of this.#listeners) entry.hasLeft = true;
    this.#listeners = [];
  }
}

/** A programming error in a listener must not be lost, nor stop the sender. */
function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
