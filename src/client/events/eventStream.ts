import type { Scope } from "../lifetime.ts";
import type { BridgeEvent } from "../wireTypes.ts";

/**
 * Events of the bridge as they happen. The connection opens with the first `next`, or with `ready`; it is closed when
 * the iteration ends.
 */
export class EventStream implements AsyncIterableIterator<BridgeEvent, void, undefined> {
  readonly #scope: Scope;
  readonly #events: AsyncGenerator<BridgeEvent, void, undefined>;
  readonly #isClosed: () => boolean;
  #isEnded = false;
  #first: Promise<IteratorResult<BridgeEvent, void>> | undefined;

  /** @param isClosed true when the client was closed, which ends the stream without an error */
  constructor(scope: Scope, events: AsyncGenerator<BridgeEvent, void, undefined>, isClosed: () => boolean) {
    this.#scope = scope;
    this.#events = events;
    this.#isClosed = isClosed;
  }

  /** Connects. Whatever happens from then on is in the stream, although it is not read yet. */
  async ready(): Promise<this> {
    await (this.#first ??= this.#next());
    return this;
  }

  next(): Promise<IteratorResult<BridgeEvent, void>> {
    const first = this.#first ?? this.#next();
    this.#first = undefined;
    return first;
  }

  /** Closes the connection, also while `next` waits. */
  async return(): Promise<IteratorResult<BridgeEvent, void>> {
    this.#first = undefined;
    this.#end();
    await this.#events.return().catch(() => undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #end(): void {
    this.#isEnded = true;
    this.#scope.end();
  }

  async #next(): Promise<IteratorResult<BridgeEvent, void>> {
    try {
      const result = await this.#events.next();
      if (result.done === true) this.#end();
      return result;
    } catch (error) {
      const isQuiet = this.#isEnded || this.#isClosed();
      this.#end();
      if (isQuiet) return { done: true, value: undefined };
      throw error;
    }
  }
}
