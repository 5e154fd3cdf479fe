import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { reportListenerError } from "../../client/reportListenerError.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import type { Message, NewMessage, NewRequest, Untyped } from "../bus/message.ts";
import type { BusStats, BusSubscription, Delivery, RequestOptions, SubscribeOptions } from "../bus/participant.ts";
import { rpcErrorOf } from "../rpc/rpcError.ts";
import { FailureReports } from "./failureReports.ts";
import { OwnParticipant, type OwnParticipantDeps } from "./ownParticipant.ts";

/**
 * Takes one message; the next one waits for its promise. The signal aborts when the sender of a request does not wait any
 * more, and when the subscription ends.
 */
export type MessageHandler = (message: Message, signal: AbortSignal) => unknown;

/** Counts of repeated messages, by the names of the original API. */
export interface DeduplicationMetrics {
  /** Messages that were published. */
  readonly totalRequests: number;
  /** Those of them that repeated the `messageId` of an earlier one, and were not delivered again. */
  readonly deduplicated: number;
  /** Always 0: nothing waits for the result of another message. */
  readonly savedMs: number;
  readonly currentPending: number;
  /** Always 0, as `savedMs`. */
  readonly avgWaitTime: number;
  /** The part of all messages that were repeated, from 0 to 1. */
  readonly deduplicationRate: number;
}

export interface MessageBusStats extends Omit<BusStats, "topics"> {
  readonly topics: readonly string[];
  readonly deduplication: DeduplicationMetrics;
}

interface Subscribed {
  /** As it was given. */
  readonly pattern: string;
  readonly handler: MessageHandler;
  readonly subscription: BusSubscription;
}

/** The message bus, as one plugin sees it: everything that it sends has its name as the source. */
export class MessageBus {
  /** The name of the plugin. */
  readonly id: string;
  readonly #deps: OwnParticipantDeps;
  readonly #reports = new FailureReports();
  readonly #subscribed = new Set<Subscribed>();
  /** Calls and state, which end with `clear`. */
  #parts = new DisposableStore();
  #participant: OwnParticipant | undefined;

  /** For `getMessageBus`. */
  constructor(deps: OwnParticipantDeps, id: string) {
    this.id = id;
    this.#deps = deps;
  }

  /** The participant of the bus, for calls and state of this package: another one after `clear`. */
  get participant(): OwnParticipant {
    this.#participant ??= new OwnParticipant(this.#deps, this.id);
    return this.#participant;
  }

  /** Disposes something with `clear`. */
  own(part: Disposable): void {
    this.#parts.add(part);
  }

  /**
   * Publishes a message. Resolves when the bus has accepted it: one on a durable topic when it is stored. A caller that
   * does not wait need not handle its rejection, which is also a warning of the process.
   * @throws BridgeError VALIDATION_FAILED, PAYLOAD_TOO_LARGE, ACCESS_DENIED, RATE_LIMIT_EXCEEDED or KIRO_UNAVAILABLE
   */
  publish(message: NewMessage): Promise<void> {
    return this.#told(this.participant.publish(message));
  }

  /**
   * Subscribes to topics: `*` is any segment, `**` any number of them. Returns a function that unsubscribes.
   * @throws BridgeError VALIDATION_FAILED or ACCESS_DENIED
   */
  subscribe(pattern: string, handler: MessageHandler, options: SubscribeOptions = {}): () => void {
    const deliver = async ({ message, signal }: Delivery): Promise<unknown> => {
      try {
        return await handler(message, signal);
      } catch (error) {
        this.#reports.report("handler", error);
        throw error;
      }
    };
    const subscription = this.participant.subscribe(pattern, deliver, this.#withSafeFilter(options));
    const entry = { pattern, handler, subscription };
    this.#subscribed.add(entry);
    return () => this.#end(entry);
  }

  /** Ends all subscriptions of a handler to a pattern. */
  unsubscribe(pattern: string, handler: MessageHandler): void {
    for (const entry of this.#subscribed) {
      const isSame = entry.pattern === pattern || entry.subscription.pattern === pattern;
      if (isSame && entry.handler === handler) this.#end(entry);
    }
  }

  /**
   * Sends a request, and resolves with the payload of its response.
   * @throws RpcError if the payload has an `error`; BridgeError NOT_FOUND at once if no plugin can answer,
   * OPERATION_TIMEOUT, KIRO_UNAVAILABLE if the plugin has ended; the reason of the signal
   */
  async request(message: NewRequest, options?: RequestOptions): Promise<Untyped> {
    const payload: Untyped = await this.participant.request(message, options);
    if (hasError(payload)) throw rpcErrorOf(payload.error);
    return payload;
  }

  /** Answers a request that this plugin has received. @throws BridgeError ACCESS_DENIED for any other one */
  respond(correlationId: string, payload?: unknown): Promise<void> {
    return this.#told(this.participant.respond(correlationId, payload));
  }

  /** Sends an intermediate result to the sender of a request. @throws as `respond` */
  progress(correlationId: string, payload: unknown): Promise<void> {
    return this.#told(this.participant.progress(correlationId, payload));
  }

  /** Counts of the bus since its start: of all plugins in this process, or of the connection to a bridge. */
  getStats(): MessageBusStats {
    const stats = this.participant.stats();
    const topics = stats.topics.map(({ topic }) => topic);
    return { ...stats, topics, deduplication: this.#deduplicationOf(stats) };
  }

  getDeduplicationMetrics(): DeduplicationMetrics {
    return this.#deduplicationOf(this.participant.stats());
  }

  /**
   * Ends all subscriptions, also those of calls and shared state, and rejects what is pending with "MessageBus cleared".
   * The process is not kept alive any more. The bus can be used again.
   */
  clear(): void {
    this.#clear("MessageBus cleared").catch(reportListenerError);
  }

  /** As `clear`, after what is written to shared state was sent. Resolves when the connection is closed. */
  async close(): Promise<void> {
    const parts = this.#parts;
    this.#parts = new DisposableStore();
    await parts.dispose();
    await this.#clear("MessageBus closed");
  }

  async #clear(message: string): Promise<void> {
    const participant = this.#participant;
    const parts = this.#parts;
    this.#participant = undefined;
    this.#parts = new DisposableStore();
    this.#subscribed.clear();
    const ended = participant?.end(new Error(message));
    // They cannot send what they still have.
    parts.dispose().catch(() => undefined);
    await ended;
  }

  /** Handles the rejection for callers that do not wait. */
  #told(work: Promise<void>): Promise<void> {
    work.catch((error: unknown) => this.#reports.report(isBridgeError(error) ? error.code : "other", error));
    return work;
  }

  /** A filter that fails selects nothing. */
  #withSafeFilter(options: SubscribeOptions): SubscribeOptions {
    const { filter } = options;
    if (filter === undefined) return options;
    const safe = (message: Message): boolean => {
      try {
        return filter(message);
      } catch (error) {
        this.#reports.report("filter", error);
        return false;
      }
    };
    return { ...options, filter: safe };
  }

  #deduplicationOf({ published, duplicates }: BusStats): DeduplicationMetrics {
    const totalRequests = published + duplicates;
    return {
      totalRequests,
      deduplicated: duplicates,
      savedMs: 0,
      currentPending: this.participant.pendingRequests,
      avgWaitTime: 0,
      deduplicationRate: totalRequests === 0 ? 0 : duplicates / totalRequests,
    };
  }

  #end(entry: Subscribed): void {
    if (this.#subscribed.delete(entry)) entry.subscription.unsubscribe();
  }
}

function hasError(payload: unknown): payload is { readonly error: unknown } {
  if (typeof payload !== "object" || payload === null || !("error" in payload)) return false;
  return payload.error !== undefined && payload.error !== null;
}
