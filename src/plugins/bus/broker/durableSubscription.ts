import type { Disposable } from "../../../base/disposables.ts";
import type { Message } from "../message.ts";
import type { Packet } from "../packet.ts";
import type { BusSubscription, DeliveryHandler, DurableOptions } from "../participant.ts";
import type { DurableConsumer, DurableTopics } from "../transport.ts";
import type { BusCounts } from "./busCounts.ts";

const DEFAULT_MAX_DELIVER = 5;
const MAX_DELIVER = 100;
const DEFAULT_BACKOFF_MS: readonly number[] = [1000, 5000, 30_000];

export interface DurableDeps {
  readonly topics: DurableTopics;
  readonly counts: BusCounts;
  /** Monotonic time. */
  readonly now: () => number;
  readonly handler: DeliveryHandler;
  readonly filter: ((message: Message) => boolean) | undefined;
  readonly onHandlerError: (error: unknown, pattern: string) => void;
  readonly onEnd: () => void;
}

/** The consumer of a durable subscription: its name and pattern, with the defaults for what it does not say. */
export function consumerOf(name: string, pattern: string, options: DurableOptions): DurableConsumer {
  const { maxDeliver = DEFAULT_MAX_DELIVER, backoffMs = DEFAULT_BACKOFF_MS } = options;
  const delays = backoffMs.length === 0 ? DEFAULT_BACKOFF_MS : backoffMs;
  return { name, pattern, maxDeliver: Math.min(Math.max(1, Math.trunc(maxDeliver)), MAX_DELIVER), backoffMs: delays };
}

/** Hands durable messages to one handler, in order: the next one after the handler has acknowledged the last one. */
export class DurableSubscription implements BusSubscription {
  readonly pattern: string;
  readonly #deps: DurableDeps;
  readonly #end = new AbortController();
  readonly #consumption: Disposable;

  constructor(consumer: DurableConsumer, deps: DurableDeps) {
    this.pattern = consumer.pattern;
    this.#deps = deps;
    this.#consumption = deps.topics.consume(consumer, (packet) => this.#deliver(packet));
  }

  unsubscribe(): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    void this.#consumption.dispose();
    this.#deps.onEnd();
  }

  /** Messages that are expired or filtered out count as acknowledged. */
  async #deliver({ message, expiresAtMs }: Packet): Promise<void> {
    this.#end.signal.throwIfAborted();
    const { counts, handler, filter, onHandlerError, now } = this.#deps;
    if (expiresAtMs <= now()) {
      counts.expired += 1;
      return;
    }
    if (filter !== undefined && !filter(message)) return;
    counts.delivered += 1;
    try {
      await handler({ message, signal: this.#end.signal });
    } catch (error) {
      onHandlerError(error, this.pattern);
      throw error;
    }
  }
}
