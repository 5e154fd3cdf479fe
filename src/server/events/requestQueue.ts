import { LARGE, ownTurn } from "../../base/ownTurn.ts";

export interface RequestQueueDeps {
  /** Answers one request, and resolves when the reply is sent. Never rejects. */
  readonly answer: (message: Buffer) => Promise<void>;
  /** Resolves when the client has taken what waits; undefined while replies may be sent. */
  readonly whenBearable: () => Promise<void> | undefined;
}

/**
 * Takes the requests of one client, many at a time, but no further one while too much waits to be sent: the messages
 * that come in one packet are all there before the first reply is written.
 */
export class RequestQueue {
  readonly #parts: RequestQueueDeps;
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #inFlight = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  /** "begun": a request was begun in this turn of the event loop, and none was answered since; "paused": too much waits, or a large one is next. */
  #state: "free" | "begun" | "paused" = "free";
  #turn: NodeJS.Immediate | undefined;

  constructor(parts: RequestQueueDeps) {
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

  push(message: Buffer): void {
    this.#waiting.push(message);
    this.#bytes += message.length;
    this.#take();
  }

  /** Resolves when no request is under way. */
  async whenAnswered(): Promise<void> {
    if (this.#inFlight > 0) await (this.#idle ??= Promise.withResolvers<void>()).promise;
  }

  /** Forgets those that were not begun. */
  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
  }

  /** One that takes long does not hold up the next; one that is answered at once shows whether there is room. */
  #take(): void {
    const [next] = this.#waiting;
    if (this.#state === "free" && next !== undefined) {
      if (next.length <= LARGE) this.#begin();
      else this.#beginInOwnTurn();
    }
    if (this.#waiting.length > 0 && this.#turn === undefined) this.#turn = setImmediate(this.#endTurn);
  }

  #begin(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#bytes -= next.length;
    this.#inFlight++;
    this.#state = "begun";
    void this.#parts.answer(next).then(this.#endRequest);
  }

  #beginInOwnTurn(): void {
    this.#state = "paused";
    void ownTurn().then(() => {
      this.#state = "free";
      this.#begin();
      this.#take();
    });
  }

  readonly #endRequest = (): void => {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#idle?.resolve();
    this.#goOn();
  };

  readonly #endTurn = (): void => {
    this.#turn = undefined;
    this.#goOn();
  };

  #goOn(): void {
    if (this.#state !== "begun") return;
    const bearable = this.#parts.whenBearable();
    if (bearable === undefined) this.#resume();
    else {
      this.#state = "paused";
      void bearable.then(() => this.#resume());
    }
  }

  #resume(): void {
    this.#state = "free";
    this.#take();
  }
}
