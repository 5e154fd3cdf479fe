import { type Disposable, toDisposable } from "./disposables.ts";

/** A function that subscribes a listener. Dispose the result to unsubscribe. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** An event that never fires. */
export const noEvent: Event<never> = () => toDisposable(() => undefined);

interface Listening<T> {
  readonly listener: (value: T) => void;
  hasLeft: boolean;
}

/**
 * Fires an `Event`. Listeners run synchronously, in the order of their subscription. If one of them throws, the others
 * still run, and its error goes to `onError`.
 */
export class Emitter<T> implements Disposable {
  /** Copied on write: an event being fired goes to the listeners that were subscribed when it was fired. */
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

/** Surfaces a programming error in a listener without stopping the emitter. */
function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
