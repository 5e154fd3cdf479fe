import { onAbort } from "../../../base/abort.ts";
import type { Clock } from "../../../base/clock.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import type { NewMessage, NewRequest, Untyped } from "../message.ts";
import type {
  BusParticipant,
  BusStats,
  BusSubscription,
  DeliveryHandler,
  RequestOptions,
  SubscribeOptions,
} from "../participant.ts";
import { patternOf, topicOf } from "../topics.ts";
import { DELIVERY_WINDOW } from "./frames.ts";
import { errorOf, type PushedFrame, RemoteSession } from "./remoteSession.ts";
import { type Outcome, RemoteSubscription } from "./remoteSubscription.ts";
import type { OpenChannel } from "./textChannel.ts";

export interface RemoteParticipantDeps {
  readonly open: OpenChannel;
  /** Takes what no caller can be told: a rejected subscription, a handler that has thrown, the end of the session. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

export interface RemoteParticipantOptions {
  readonly name: string;
  /** The time in milliseconds that operations wait for a connection; 30,000 by default. */
  readonly offlineMs?: number;
}

const REQUEST_MS = 30_000;
/** The time beyond the deadline of a request in which the bridge reports it. */
const GRACE_MS = 2000;

/** A participant of the bus of a bridge, over a connection that may break and come back. */
export class RemoteParticipant implements BusParticipant {
  readonly name: string;
  readonly #deps: RemoteParticipantDeps;
  readonly #session: RemoteSession;
  readonly #subscriptions = new Map<number, RemoteSubscription>();
  readonly #counts = { published: 0, delivered: 0, lost: 0, handlerErrors: 0, requests: 0, failedRequests: 0 };
  #lastSubscription = 0;
  #pendingRequests = 0;
  /** Deliveries that were handled, and not acknowledged yet. */
  #handled: number[] = [];
  #acknowledging: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: RemoteParticipantDeps, { name, ...options }: RemoteParticipantOptions) {
    this.name = name;
    this.#deps = deps;
    this.#session = new RemoteSession(
      {
        open: deps.open,
        ...(deps.clock !== undefined && { clock: deps.clock }),
        onFrame: (frame) => this.#take(frame),
        onBegin: () => this.#subscribeAll(),
        onMissed: (count) => this.#missed(count),
        onEnd: (error) => this.#ended(error),
      },
      { name, ...options },
    );
  }

  /** True while there is a connection. */
  get isConnected(): boolean {
    return this.#session.isOpen;
  }

  async publish(message: NewMessage): Promise<void> {
    const topic = topicOf(message.topic);
    // A repeated publish is recognized by its message ID.
    const messageId = message.messageId ?? crypto.randomUUID();
    await this.#session.call({ op: "publish", message: { ...message, topic, messageId } }).result;
    this.#counts.published++;
  }

  subscribe(pattern: string, handler: DeliveryHandler, options: SubscribeOptions = {}): BusSubscription {
    const { text } = patternOf(pattern);
    const number = ++this.#lastSubscription;
    const subscription = new RemoteSubscription(
      {
        handler,
        onHandled: (outcome) => this.#acknowledge(outcome),
        onUnsubscribe: () => this.#unsubscribe(number),
      },
      number,
      text,
      options,
    );
    this.#subscriptions.set(number, subscription);
    if (this.#session.isOpen) this.#sendSubscribe(subscription);
    return subscription;
  }

  async request(message: NewRequest, { signal, onProgress }: RequestOptions = {}): Promise<Untyped> {
    const topic = topicOf(message.topic);
    const timeout = message.timeout ?? REQUEST_MS;
    signal?.throwIfAborted();
    this.#counts.requests++;
    this.#pendingRequests++;
    try {
      const call = this.#session.call({ op: "request", message: { ...message, topic } }, onProgress);
      return await settled(call, { signal, timeout, cancel: (request) => this.#tell({ op: "cancel", request }) });
    } catch (error) {
      this.#counts.failedRequests++;
      throw error;
    } finally {
      this.#pendingRequests--;
    }
  }

  async respond(correlationId: string, payload?: unknown): Promise<void> {
    for (const subscription of this.#subscriptions.values()) subscription.answered(correlationId);
    await this.#session.call({ op: "respond", correlationId, payload }).result;
  }

  async progress(correlationId: string, payload: unknown): Promise<void> {
    await this.#session.call({ op: "progress", correlationId, payload }).result;
  }

  /** Counts of this participant alone. */
  stats(): BusStats {
    return {
      participants: 1,
      subscriptions: this.#subscriptions.size,
      pendingRequests: this.#pendingRequests,
      undelivered: 0,
      expired: 0,
      duplicates: 0,
      deadLetters: 0,
      topics: [],
      ...this.#counts,
    };
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#acknowledging);
    for (const subscription of this.#subscriptions.values()) subscription.end("The participant has left the bus.");
    this.#subscriptions.clear();
    this.#session.dispose();
  }

  #subscribeAll(): void {
    this.#handled = [];
    for (const subscription of this.#subscriptions.values()) {
      subscription.end("The connection to the bus was lost.");
      this.#sendSubscribe(subscription);
    }
  }

  #sendSubscribe(subscription: RemoteSubscription): void {
    const { number, pattern, sentOptions: options } = subscription;
    this.#session.call({ op: "subscribe", subscription: number, pattern, options }).result.catch((error: unknown) => {
      // The bridge has refused it. If the connection was lost, it is sent again.
      if (!isBridgeError(error) || error.recoverable || !this.#subscriptions.delete(number)) return;
      this.#deps.onError?.(error);
    });
  }

  #unsubscribe(number: number): void {
    if (this.#subscriptions.delete(number) && this.#session.isOpen)
      this.#tell({ op: "unsubscribe", subscription: number });
  }

  #tell(operation: Parameters<RemoteSession["call"]>[0]): void {
    this.#session.call(operation).result.catch(() => undefined);
  }

  #take(frame: PushedFrame): void {
    if (frame.type === "cancelled") {
      for (const subscription of this.#subscriptions.values()) subscription.cancel(frame.delivery);
      return;
    }
    const subscription = this.#subscriptions.get(frame.subscription);
    if (subscription === undefined) return;
    if (frame.type === "message") {
      this.#counts.delivered++;
      subscription.take(frame);
    } else if (frame.type === "messages-lost") this.#lost(subscription, frame.count);
    else {
      this.#subscriptions.delete(frame.subscription);
      subscription.end(frame.error.message);
      this.#deps.onError?.(errorOf(frame.error));
    }
  }

  #lost(subscription: RemoteSubscription, count: number): void {
    this.#counts.lost += count;
    subscription.lost(count);
  }

  #missed(count: number): void {
    for (const subscription of this.#subscriptions.values()) this.#lost(subscription, count);
  }

  /** Acknowledges at once what blocks its subscription, and the rest together. */
  #acknowledge({ delivery, isDurable, error }: Outcome): void {
    if (error !== undefined) {
      this.#counts.handlerErrors++;
      this.#deps.onError?.(error);
      this.#tell({ op: "nack", delivery, error });
      return;
    }
    this.#handled.push(delivery);
    if (isDurable || this.#handled.length >= DELIVERY_WINDOW / 2) this.#sendAcknowledgements();
    else this.#acknowledging ??= setTimeout(() => this.#sendAcknowledgements(), 0);
  }

  #sendAcknowledgements(): void {
    clearTimeout(this.#acknowledging);
    this.#acknowledging = undefined;
    const deliveries = this.#handled;
    this.#handled = [];
    if (deliveries.length > 0) this.#tell({ op: "ack", deliveries });
  }

  #ended(error: BridgeError): void {
    for (const subscription of this.#subscriptions.values()) subscription.end(error.message);
    this.#subscriptions.clear();
    this.#deps.onError?.(error);
  }
}

interface Settling {
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
  readonly cancel: (id: number) => void;
}

/** Waits for the reply to a request, until it is aborted or somewhat beyond its deadline. */
function settled(call: ReturnType<RemoteSession["call"]>, { signal, timeout, cancel }: Settling): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const deadline = startDeadline(timeout + GRACE_MS, () => {
      const context = { operation: "request", timeoutMs: timeout, elapsedMs: timeout + GRACE_MS };
      reject(new BridgeError("OPERATION_TIMEOUT", "There was no response in time.", context));
    });
    const listening =
      signal &&
      onAbort(signal, (reason) => {
        const id = call.withdraw();
        if (id !== undefined) cancel(id);
        reject(reason);
      });
    call.result.then(resolve, reject).finally(() => {
      void deadline.dispose();
      void listening?.dispose();
    });
  });
}
