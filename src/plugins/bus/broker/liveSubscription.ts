import type { Disposable } from "../../../base/disposables.ts";
import type { Packet } from "../packet.ts";
import type { BusSubscription, DeliveryHandler } from "../participant.ts";
import type { ReplyPort } from "../transport.ts";
import type { BusCounts } from "./busCounts.ts";
import { MessageQueue, type WaitingBytes } from "./messageQueue.ts";
import { QueuedDelivery } from "./queuedDelivery.ts";
import { SubscriptionSignals } from "./subscriptionSignals.ts";
import type { Turns } from "./turns.ts";

export interface SubscriptionDeps {
  readonly turns: Turns;
  readonly counts: BusCounts;
  /** Bytes that wait for all subscriptions of the same name. */
  readonly waiting: WaitingBytes;
  /** Monotonic time. */
  readonly now: () => number;
  readonly handler: DeliveryHandler;
  /** Called when a request begins to wait for the handler. */
  readonly onRequest: (correlationId: string, reply: ReplyPort) => void;
  readonly onHandlerError: (error: unknown, pattern: string) => void;
  readonly onLost: ((count: number) => void) | undefined;
  readonly onEnd: () => void;
}

export interface QueueLimits {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly maxBytesOfName: number;
}

/** `busy`: the handler runs, or is about to. */
type State = "idle" | "busy" | "ended";

/**
 * Hands messages to one handler, one at a time and those of higher priority first. A handler that is slow or never
 * ends keeps a bounded number of messages waiting; then the oldest of the lowest priority are dropped and reported.
 */
export class LiveSubscription implements BusSubscription {
  readonly pattern: string;
  readonly #deps: SubscriptionDeps;
  readonly #limits: QueueLimits;
  readonly #signals = new SubscriptionSignals();
  readonly #queue: MessageQueue<QueuedDelivery>;
  #state: State = "idle";
  #lost = 0;
  #connection: Disposable | undefined;

  constructor(pattern: string, deps: SubscriptionDeps, limits: QueueLimits) {
    this.pattern = pattern;
    this.#deps = deps;
    this.#limits = limits;
    this.#queue = new MessageQueue(deps.waiting);
  }

  /** Number of messages that its handler has not taken to their end. */
  readonly waiting = (): number => this.#queue.length + (this.#state === "busy" ? 1 : 0);

  /** Owns the subscription at the transport. */
  connect(connection: Disposable): void {
    this.#connection = connection;
  }

  readonly deliver = (packet: Packet, reply: ReplyPort | undefined): void => {
    if (this.#state === "ended") return reply?.abandon();
    const { correlationId } = packet.message;
    if (reply !== undefined && correlationId !== undefined) this.#deps.onRequest(correlationId, reply);
    this.#queue.push(new QueuedDelivery(packet, reply, this.#signals));
    this.#deps.turns.spend();
    if (this.#isOverfull()) this.#dropSome();
    if (this.#state !== "idle") return;
    this.#state = "busy";
    this.#deps.turns.defer(this.#drain);
  };

  unsubscribe(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    void this.#connection?.dispose();
    for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) item.reply?.abandon();
    this.#signals.end();
    this.#deps.onEnd();
  }

  readonly #drain = (): void => {
    while (this.#state === "busy") {
      if (!this.#deps.turns.hasRoom) return this.#deps.turns.defer(this.#drain);
      const next = this.#queue.shift();
      if (next === undefined) {
        this.#state = "idle";
        return;
      }
      const running = this.#wants(next) ? this.#call(next) : undefined;
      if (running === undefined) continue;
      running.then(this.#drain, (error: unknown) => {
        this.#fail(error, next);
        this.#drain();
      });
      return;
    }
  };

  #wants({ expiresAtMs, reply }: QueuedDelivery): boolean {
    if (reply !== undefined && !reply.isOpen) return false;
    if (expiresAtMs === Number.POSITIVE_INFINITY || expiresAtMs > this.#deps.now()) return true;
    this.#deps.counts.expired += 1;
    reply?.abandon();
    return false;
  }

  /** Returns the end of a handler that is asynchronous. */
  #call(delivery: QueuedDelivery): PromiseLike<unknown> | undefined {
    this.#deps.counts.delivered += 1;
    try {
      const outcome = this.#deps.handler(delivery);
      return isThenable(outcome) ? outcome : undefined;
    } catch (error) {
      this.#fail(error, delivery);
      return undefined;
    }
  }

  /** A request whose handler failed before it answered gets no answer: its requester need not wait. */
  #fail(error: unknown, { reply }: QueuedDelivery): void {
    this.#deps.onHandlerError(error, this.pattern);
    reply?.abandon();
  }

  /** A message that waits alone is kept, however large it is, unless too much waits elsewhere. */
  #isOverfull(): boolean {
    const { maxQueued, maxQueuedBytes, maxBytesOfName } = this.#limits;
    const { length, bytes } = this.#queue;
    if (length > maxQueued || (length > 1 && bytes > maxQueuedBytes)) return true;
    return length > 0 && this.#deps.waiting.bytes > maxBytesOfName;
  }

  #dropSome(): void {
    if (this.#lost === 0) queueMicrotask(this.#reportLost);
    while (this.#isOverfull()) {
      this.#queue.drop()?.reply?.abandon();
      this.#lost += 1;
      this.#deps.counts.lost += 1;
    }
  }

  readonly #reportLost = (): void => {
    const lost = this.#lost;
    this.#lost = 0;
    try {
      this.#deps.onLost?.(lost);
    } catch (error) {
      this.#deps.onHandlerError(error, this.pattern);
    }
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
