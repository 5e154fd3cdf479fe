import { setImmediate as nextTurn } from "node:timers/promises";

export interface RequestQueueParts {
  /** Answers one request, and resolves when the reply is sent. Never rejects. */
  readonly answer: (request: unknown) => Promise<void>;
  /** Resolves at once while replies may be sent, else when the client has taken what waits. */
  readonly whenBearable: () => Promise<void> | undefined;
}

/**
 * Takes the requests of one client, many at a time, but no further one while too much waits to be sent: the messages
 * that come in one packet are all there before the first reply is written.
 */
export class RequestQueue {
  readonly #parts: RequestQueueParts;
  readonly #waiting: { readonly request: unknown; readonly bytes: number }[] = [];
  #bytes = 0;
  readonly #inFlight = new Set<Promise<void>>();
  #isTaking = false;

  constructor(parts: RequestQueueParts) {
    this.#parts = parts;
  }

  /** Requests that were not begun. */
  get length(): number {
    return this.#waiting.length;
  }

  /** How long those messages are together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param bytes how long its message was */
  push(request: unknown, bytes: number): void {
    this.#waiting.push({ request, bytes });
    this.#bytes += bytes;
    if (!this.#isTaking) void this.#take();
  }

  /** Resolves when the requests that were begun are answered. */
  async whenAnswered(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  /** Forgets those that were not begun. */
  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
  }

  async #take(): Promise<void> {
    this.#isTaking = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#bytes -= next.bytes;
      const answered = this.#answer(next.request);
      // One that takes long does not hold up the next; one that is answered at once shows whether there is room.
      if (this.#waiting.length > 0) await Promise.race([answered, nextTurn()]);
      await this.#parts.whenBearable();
    }
    this.#isTaking = false;
  }

  #answer(request: unknown): Promise<void> {
    const answered = this.#parts.answer(request).finally(() => this.#inFlight.delete(answered));
    this.#inFlight.add(answered);
    return answered;
  }
}
