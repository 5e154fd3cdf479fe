import { onAbort } from "../../../base/abort.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { BusRequest } from "../../../protocol/bus/busSocket.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { invalid } from "../../../protocol/validate.ts";
import type { BusParticipant } from "../../bus/participant.ts";
import type { SessionOutbox } from "./sessionOutbox.ts";
import { type SentRequest, SessionSubscription } from "./sessionSubscription.ts";

/** A participant that can leave requests unanswered without leaving the bus. */
export type SessionParticipant = BusParticipant & { abandonRequests?(): void };

type Operation<Name extends BusRequest["op"]> = Extract<BusRequest, { readonly op: Name }>;

/** Limits of one session. */
const MAX_SUBSCRIPTIONS = 256;
const MAX_REQUESTS = 1000;

/** Performs the operations of one session at the bus. */
export class SessionOperations implements Disposable {
  readonly #participant: SessionParticipant;
  readonly #outbox: SessionOutbox;
  readonly #subscriptions = new Map<number, SessionSubscription>();
  /** Subscriptions by the deliveries that the client must acknowledge. */
  readonly #sent = new Map<number, SessionSubscription>();
  /** The requests that the client has received and not answered. */
  readonly #received = new Map<string, SentRequest[]>();
  /** The requests of the client that wait for their responses. */
  readonly #requests = new Set<AbortController>();
  readonly #requestsById = new Map<number, AbortController>();
  #deliveries = 0;
  /** Undefined while the client is away. */
  #presence: object | undefined = {};

  constructor(participant: SessionParticipant, outbox: SessionOutbox) {
    this.#participant = participant;
    this.#outbox = outbox;
  }

  get pendingRequests(): number {
    return this.#requests.size;
  }

  /** @throws BridgeError */
  async run(operation: BusRequest, signal?: AbortSignal): Promise<unknown> {
    try {
      return await this.#run(operation, signal);
    } catch (error) {
      throw withScope(error);
    }
  }

  #run(operation: BusRequest, signal?: AbortSignal): Promise<unknown> | undefined {
    switch (operation.op) {
      case "publish":
        return this.#participant.publish(operation.message);
      case "request":
        return this.#request(operation, signal);
      case "cancel":
        this.#requestsById.get(operation.request)?.abort(cancelled());
        return undefined;
      case "subscribe":
        return this.#subscribe(operation);
      case "unsubscribe":
        return this.#unsubscribe(operation.subscription);
      case "respond":
        return this.#respond(operation);
      case "progress":
        return this.#participant.progress(operation.correlationId, operation.payload);
      case "ack":
        for (const delivery of operation.deliveries) this.#take(delivery)?.acknowledge(delivery);
        return undefined;
      case "nack":
        this.#take(operation.delivery)?.refuse(operation.delivery, operation.error ?? "refused");
        return undefined;
    }
  }

  /** Leaves the requests unanswered that the client has received, and receives no more until `comeBack`. */
  abandon(): void {
    this.#presence = undefined;
    for (const { delivery } of this.#forgetRequests()) this.#outbox.push({ type: "cancelled", delivery });
    this.#participant.abandonRequests?.();
  }

  comeBack(): void {
    this.#presence ??= {};
  }

  /** @param error the reason for the requests that wait */
  end(error: BridgeError): void {
    for (const controller of this.#requests) controller.abort(error);
    void this.dispose();
  }

  dispose(): Promise<void> {
    for (const subscription of this.#subscriptions.values()) subscription.dispose();
    this.#forgetRequests();
    return this.#participant.dispose();
  }

  async #request({ id, message }: Operation<"request">, signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#requests.size >= MAX_REQUESTS)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many requests wait for their responses.", {
        limit: MAX_REQUESTS,
      });
    if (id !== undefined && this.#requestsById.has(id)) throw inUse("id", id);
    const controller = new AbortController();
    const listening = signal && onAbort(signal, (reason) => controller.abort(reason));
    this.#requests.add(controller);
    if (id !== undefined) this.#requestsById.set(id, controller);
    const onProgress = (payload: unknown): void => {
      if (id !== undefined) this.#outbox.push({ type: "progress", request: id, payload });
    };
    try {
      return await this.#participant.request(message, { signal: controller.signal, onProgress });
    } finally {
      this.#requests.delete(controller);
      if (id !== undefined) this.#requestsById.delete(id);
      void listening?.dispose();
    }
  }

  #subscribe({ subscription, pattern, options = {} }: Operation<"subscribe">): undefined {
    if (this.#subscriptions.has(subscription)) throw inUse("subscription", subscription);
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "This session has too many subscriptions.", {
        limit: MAX_SUBSCRIPTIONS,
      });
    const subscribed = new SessionSubscription(
      {
        participant: this.#participant,
        outbox: this.#outbox,
        nextDelivery: () => ++this.#deliveries,
        onSent: (delivery, by) => this.#sent.set(delivery, by),
        onRequest: (correlationId, request) => this.#noteRequest(correlationId, request),
        presence: () => this.#presence,
      },
      { subscription, pattern, options },
    );
    this.#subscriptions.set(subscription, subscribed);
  }

  #unsubscribe(number: number): undefined {
    const subscription = this.#subscriptions.get(number);
    if (subscription === undefined) throw new BridgeError("NOT_FOUND", "There is no subscription with this number.");
    this.#subscriptions.delete(number);
    subscription.dispose();
    for (const [delivery, by] of this.#sent) if (by === subscription) this.#sent.delete(delivery);
  }

  async #respond({ correlationId, payload }: Operation<"respond">): Promise<void> {
    for (const { cancelling } of this.#received.get(correlationId) ?? []) void cancelling.dispose();
    this.#received.delete(correlationId);
    await this.#participant.respond(correlationId, payload);
  }

  #forgetRequests(): readonly SentRequest[] {
    const requests = [...this.#received.values()].flat();
    this.#received.clear();
    for (const { cancelling } of requests) void cancelling.dispose();
    return requests;
  }

  #noteRequest(correlationId: string, request: SentRequest): void {
    const requests = this.#received.get(correlationId) ?? [];
    requests.push(request);
    this.#received.set(correlationId, requests);
  }

  #take(delivery: number): SessionSubscription | undefined {
    const subscription = this.#sent.get(delivery);
    this.#sent.delete(delivery);
    return subscription;
  }
}

/** Names the scope that is missing. */
function withScope(error: unknown): unknown {
  if (!isBridgeError(error) || error.code !== "ACCESS_DENIED") return error;
  const { topic, pattern } = error.context ?? {};
  const scope = typeof topic === "string" ? `bus:publish:${topic}` : `bus:subscribe:${String(pattern)}`;
  if (topic === undefined && pattern === undefined) return error;
  return new BridgeError("ACCESS_DENIED", error.message, { rule: "scope", scope });
}

function inUse(field: string, value: number): BridgeError {
  return invalid(field, "unique", "a number that is not in use", String(value));
}

function cancelled(): BridgeError {
  return new BridgeError("OPERATION_TIMEOUT", "The request was cancelled.", { operation: "request" });
}
