import { LARGE, ownTurn } from "../../base/ownTurn.ts";

export interface RequestQueueDeps {
  /** Handles a request. Resolves when the reply was sent. Never rejects. */
  readonly answer: (message: Buffer) => Promise<void>;
  /** Resolves when the client has read enough, or returns undefined if replies may be sent. */
  readonly whenReady: () => Promise<void> | undefined;
}

/**
 * Queues the requests of one client. Handles many at a time, but starts none while too much is unsent: all messages of
 * a packet arrive before the first reply is written.
 */
export class RequestQueue {
  readonly #deps: RequestQueueDeps;
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #inFlight = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  /**
   * "begun": a request was started in this turn of the event loop and none was answered since. "paused": too much is
   * unsent, or the next request is large.
   */
  #state: "free" | "begun" | "paused" = "free";
  #turn: NodeJS.Immediate | undefined;

  constructor(deps: RequestQueueDeps) {
    this.#deps = deps;
  }

  /** Requests that were not started. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Total length of the queued messages. */
  get bytes(): number {
    return this.#bytes;
  }

  push(message: Buffer): void {
    this.#waiting.push(message);
    this.#bytes += message.length;
    this.#take();
  }

  /** Resolves when no request is running. */
  async whenAnswered(): Promise<void> {
    if (this.#inFlight > 0) await (this.#idle ??= Promise.withResolvers<void>()).promise;
  }

  /** Drops queued requests. */
  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
  }

  /** Starts a request. A slow one does not block the next; a fast one shows if there is room for its reply. */
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
    void this.#deps.answer(next).then(this.#endRequest);
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
    const ready = this.#deps.whenReady();
    if (ready === undefined) this.#resume();
    else {
      this.#state = "paused";
      void ready.then(() => this.#resume());
    }
  }

  #resume(): void {
    this.#state = "free";
    this.#take();
  }
}
