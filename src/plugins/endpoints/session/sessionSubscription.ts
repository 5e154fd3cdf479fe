import type { Disposable } from "../../../base/disposables.ts";
import { onAbort } from "../../../base/abort.ts";
import type { Message } from "../../bus/message.ts";
import type { BusParticipant, BusSubscription, Delivery, SubscribeOptions } from "../../bus/participant.ts";
import type { SentSubscribeOptions } from "../../bus/remote/frames.ts";
import type { SessionOutbox } from "./sessionOutbox.ts";

/** A request that a client has received. */
export interface SentRequest {
  readonly delivery: number;
  /** Sends `cancelled` when nobody waits for the response any more. */
  readonly cancelling: Disposable;
}

export interface SessionSubscriptionDeps {
  readonly participant: Pick<BusParticipant, "subscribe">;
  readonly outbox: SessionOutbox;
  /** Numbers the deliveries of the session. */
  readonly nextDelivery: () => number;
  /** A delivery was sent that the client must acknowledge. */
  readonly onSent: (delivery: number, subscription: SessionSubscription) => void;
  /** A request was sent. */
  readonly onRequest: (correlationId: string, request: SentRequest) => void;
  /** The presence of the client: undefined while it is away, and receives no requests; another object after that. */
  readonly presence: () => object | undefined;
}

export interface SessionSubscriptionOptions {
  /** Its number in the session. */
  readonly subscription: number;
  readonly pattern: string;
  readonly options: SentSubscribeOptions;
}

interface Sent {
  resolve(): void;
  reject(error: Error): void;
}

const settled: Sent = { resolve: () => undefined, reject: () => undefined };

/**
 * A subscription of a remote client. Its handler at the bus ends when the client can take more: when the delivery was
 * sent, when enough of the `window` is acknowledged, or, for a durable one, when this delivery is.
 */
export class SessionSubscription implements Disposable {
  readonly #deps: SessionSubscriptionDeps;
  readonly #subscription: BusSubscription;
  readonly #number: number;
  readonly #isDurable: boolean;
  readonly #window: number | undefined;
  /** The deliveries that the client must acknowledge. */
  readonly #sent = new Map<number, Sent>();
  /** Ends the handler that waits for an acknowledgement of any delivery. */
  #onCredit: (() => void) | undefined;
  #isEnded = false;

  constructor(deps: SessionSubscriptionDeps, { subscription, pattern, options }: SessionSubscriptionOptions) {
    this.#deps = deps;
    this.#number = subscription;
    const { window, ...rest } = options;
    this.#window = window;
    this.#isDurable = options.durable !== undefined && options.durable !== false;
    const onLost = (count: number): void => deps.outbox.push({ type: "messages-lost", subscription, count });
    // A request to a client that is away has no responder, and its sender need not wait.
    const filter = ({ messageType }: Message): boolean => messageType !== "request" || deps.presence() !== undefined;
    const wanted: SubscribeOptions = { ...rest, filter, onLost };
    this.#subscription = deps.participant.subscribe(pattern, (delivery) => this.#deliver(delivery), wanted);
  }

  /** The client has handled a delivery. */
  acknowledge(delivery: number): void {
    this.#take(delivery)?.resolve();
  }

  /** The client could not handle a delivery. */
  refuse(delivery: number, error: string): void {
    this.#take(delivery)?.reject(new Error(error));
  }

  dispose(): void {
    this.#isEnded = true;
    // Before the subscription ends, so that a delivery counts that has ended the client.
    for (const sent of this.#sent.values()) sent.reject(new Error("The subscription has ended."));
    this.#subscription.unsubscribe();
    this.#sent.clear();
    this.#onCredit?.();
  }

  #deliver(given: Delivery): Promise<void> {
    // Not an `async` function: one that has room sends in this turn.
    return new Promise((resolve, reject) => {
      const presence = this.#deps.presence();
      this.#deps.outbox.whenRoom(() => this.#send(given, { resolve, reject }, presence));
    });
  }

  #send({ message, signal }: Delivery, handler: Sent, presence: object | undefined): void {
    const isRequest = message.messageType === "request" && message.correlationId !== undefined;
    // Nobody waits for a request that was cancelled before it was sent, or abandoned.
    const isOver = isRequest && (signal.aborted || presence !== this.#deps.presence());
    if (this.#isEnded || isOver) return handler.resolve();
    const delivery = this.#deps.nextDelivery();
    this.#deps.outbox.push({ type: "message", subscription: this.#number, delivery, message });
    if (isRequest) {
      const cancelling = onAbort(signal, () => this.#deps.outbox.push({ type: "cancelled", delivery }));
      this.#deps.onRequest(message.correlationId, { delivery, cancelling });
    }
    this.#await(delivery, handler);
  }

  #await(delivery: number, handler: Sent): void {
    if (!this.#isDurable && this.#window === undefined) return handler.resolve();
    this.#sent.set(delivery, this.#isDurable ? handler : settled);
    this.#deps.onSent(delivery, this);
    if (this.#isDurable) return;
    if (this.#window === undefined || this.#sent.size < this.#window) handler.resolve();
    else this.#onCredit = () => handler.resolve();
  }

  #take(delivery: number): Sent | undefined {
    const sent = this.#sent.get(delivery);
    if (sent === undefined) return undefined;
    this.#sent.delete(delivery);
    this.#onCredit?.();
    this.#onCredit = undefined;
    return sent;
  }
}
