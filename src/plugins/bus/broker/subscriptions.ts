import { BridgeError } from "../../../protocol/errors.ts";
import type { Message } from "../message.ts";
import { isParticipantName } from "../names.ts";
import type { BusIdentity, BusSubscription, DeliveryHandler, SubscribeOptions } from "../participant.ts";
import { patternOf } from "../topics.ts";
import type { ReplyPort } from "../transport.ts";
import type { BusParts } from "./busParts.ts";
import { consumerOf, DurableSubscription } from "./durableSubscription.ts";
import { LiveSubscription } from "./liveSubscription.ts";
import type { WaitingBytes } from "./messageQueue.ts";

const DEFAULT_PRIORITY = 5;
const MAX_QUEUED = 100_000;

export interface SubscriptionsDeps {
  /** Counts what waits for all participants of this name. */
  readonly waiting: WaitingBytes;
  readonly onRequest: (correlationId: string, reply: ReplyPort) => void;
}

/** The subscriptions of one participant. */
export class Subscriptions {
  readonly #identity: BusIdentity;
  readonly #parts: BusParts;
  readonly #waiting: WaitingBytes;
  readonly #onRequest: SubscriptionsDeps["onRequest"];
  readonly #all = new Set<BusSubscription>();
  #errors = 0;

  constructor(identity: BusIdentity, parts: BusParts, deps: SubscriptionsDeps) {
    this.#identity = identity;
    this.#parts = parts;
    this.#waiting = deps.waiting;
    this.#onRequest = deps.onRequest;
  }

  get size(): number {
    return this.#all.size;
  }

  /** @throws BridgeError VALIDATION_FAILED, ACCESS_DENIED or RATE_LIMIT_EXCEEDED */
  add(pattern: string, handler: DeliveryHandler, options: SubscribeOptions): BusSubscription {
    const { text } = patternOf(pattern);
    if (typeof handler !== "function") throw new BridgeError("VALIDATION_FAILED", "A handler is a function.");
    if (!this.#identity.maySubscribe(text)) {
      throw new BridgeError("ACCESS_DENIED", `${this.#identity.name} may not subscribe to ${text}.`, { pattern: text });
    }
    if (this.#all.size >= this.#parts.options.maxSubscriptions) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "This participant has too many subscriptions.");
    }
    const { durable = false } = options;
    const subscription =
      durable === false ? this.#live(text, handler, options) : this.#durable(text, handler, options, durable);
    this.#all.add(subscription);
    return subscription;
  }

  endAll(): void {
    for (const subscription of this.#all) subscription.unsubscribe();
  }

  #live(pattern: string, handler: DeliveryHandler, options: SubscribeOptions): LiveSubscription {
    const { turns, counts, clock, transport } = this.#parts;
    const { group, priority = DEFAULT_PRIORITY } = options;
    if (group !== undefined && !isParticipantName(group)) {
      throw new BridgeError("VALIDATION_FAILED", "The name of a queue group has letters, digits, '-' and '_'.");
    }
    const subscription = new LiveSubscription(
      pattern,
      {
        turns,
        counts,
        waiting: this.#waiting,
        now: () => clock.now(),
        handler,
        onRequest: this.#onRequest,
        onHandlerError: this.#report,
        onLost: options.onLost,
        onEnd: () => this.#all.delete(subscription),
      },
      { ...this.#parts.options, maxQueued: this.#maxQueued(options.maxQueued) },
    );
    const { name } = this.#identity;
    const filter = this.#safe(options.filter, pattern);
    const { waiting } = subscription;
    const details = { name, pattern, group, priority, waiting, accepts: filter };
    subscription.connect(transport.subscribe(details, subscription.deliver));
    return subscription;
  }

  #durable(
    pattern: string,
    handler: DeliveryHandler,
    { filter }: SubscribeOptions,
    durable: Exclude<SubscribeOptions["durable"], false | undefined>,
  ): DurableSubscription {
    const { transport, counts, clock } = this.#parts;
    if (transport.durable === undefined) {
      throw new BridgeError("VALIDATION_FAILED", "This bus keeps no durable messages. Connect to a bridge.");
    }
    const consumer = consumerOf(this.#identity.name, pattern, durable === true ? {} : durable);
    const subscription = new DurableSubscription(consumer, {
      topics: transport.durable,
      counts,
      now: () => clock.now(),
      handler,
      filter: this.#safe(filter, pattern),
      onHandlerError: this.#report,
      onEnd: () => this.#all.delete(subscription),
    });
    return subscription;
  }

  #maxQueued(value: number | undefined): number {
    if (value === undefined) return this.#parts.options.maxQueued;
    if (Number.isInteger(value) && value > 0 && value <= MAX_QUEUED) return value;
    throw new BridgeError("VALIDATION_FAILED", `maxQueued is an integer from 1 to ${MAX_QUEUED}.`);
  }

  /** Makes a filter that fails select nothing. */
  #safe(
    filter: ((message: Message) => boolean) | undefined,
    pattern: string,
  ): ((message: Message) => boolean) | undefined {
    if (filter === undefined) return undefined;
    return (message) => {
      try {
        return filter(message);
      } catch (error) {
        this.#report(error, pattern);
        return false;
      }
    };
  }

  /** Counts the failures of handlers, and logs fewer and fewer of them. */
  readonly #report = (_error: unknown, pattern: string): void => {
    this.#parts.counts.handlerErrors += 1;
    this.#errors += 1;
    const isPowerOfTwo = (this.#errors & (this.#errors - 1)) === 0;
    if (!isPowerOfTwo) return;
    const facts = { participant: this.#identity.name, pattern, failures: this.#errors };
    this.#parts.logger.warn("A subscriber of the message bus failed.", facts);
  };
}
