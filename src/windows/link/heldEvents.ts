import { type Event, Emitter } from "../../base/events.ts";

/** Fires an event, and keeps the values until there is a first listener, since the other end does not wait for one. */
export class HeldEvents<T> {
  readonly #emitter: Emitter<T>;
  readonly #max: number;
  /** Undefined once there is a listener. */
  #held: T[] | undefined = [];

  /** @param max maximum number of values to keep */
  constructor(max: number, onError: (error: unknown) => void) {
    this.#emitter = new Emitter(onError);
    this.#max = max;
  }

  readonly event: Event<T> = (listener) => {
    const subscription = this.#emitter.event(listener);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const value of held) this.#emitter.fire(value);
    return subscription;
  };

  /** @returns false if there is no listener, and no more can be kept */
  fire(value: T): boolean {
    if (this.#held === undefined) this.#emitter.fire(value);
    else if (this.#held.length < this.#max) this.#held.push(value);
    else return false;
    return true;
  }
}
