import { BridgeError } from "../../../protocol/errors.ts";
import { copyJson } from "../jsonCopy.ts";
import type { NewMessage, NewRequest, Untyped } from "../message.ts";
import { destinationOf, EVERYONE, pluginOfTopic } from "../names.ts";
import type { Packet } from "../packet.ts";
import type {
  BusIdentity,
  BusParticipant,
  BusStats,
  BusSubscription,
  DeliveryHandler,
  RequestOptions,
  SubscribeOptions,
} from "../participant.ts";
import type { KnownTopic } from "./busCounts.ts";
import type { BusParts } from "./busParts.ts";
import { composeMessage, messageTypeOf } from "./composeMessage.ts";
import type { WaitingBytes } from "./messageQueue.ts";
import { PendingRequests } from "./pendingRequests.ts";
import { ReceivedRequests } from "./receivedRequests.ts";
import { Subscriptions } from "./subscriptions.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;

export interface LocalParticipantDeps {
  /** Counts what waits for all participants of this name. */
  readonly waiting: WaitingBytes;
  readonly stats: () => BusStats;
  readonly onDispose: () => void;
}

/** A participant of the broker in this process. */
export class LocalParticipant implements BusParticipant {
  readonly name: string;
  readonly identity: BusIdentity;
  readonly waiting: WaitingBytes;
  readonly #parts: BusParts;
  readonly #deps: LocalParticipantDeps;
  readonly #pending: PendingRequests;
  readonly #received = new ReceivedRequests();
  readonly #subscriptions: Subscriptions;
  #isDisposed = false;

  constructor(identity: BusIdentity, parts: BusParts, deps: LocalParticipantDeps) {
    this.name = identity.name;
    this.identity = identity;
    this.#parts = parts;
    this.#deps = deps;
    const { clock, transport } = parts;
    this.#pending = new PendingRequests({ transport, clock, onListenerError: () => (parts.counts.handlerErrors += 1) });
    this.waiting = deps.waiting;
    const onRequest = this.#received.add.bind(this.#received);
    this.#subscriptions = new Subscriptions(identity, parts, { waiting: deps.waiting, onRequest });
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  get pendingRequests(): number {
    return this.#pending.size;
  }

  publish(message: NewMessage): Promise<void> {
    // Not an async function: most messages are accepted at once, and share one promise.
    try {
      return this.#publish(message);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  subscribe(pattern: string, handler: DeliveryHandler, options: SubscribeOptions = {}): BusSubscription {
    this.#throwIfDisposed();
    return this.#subscriptions.add(pattern, handler, options);
  }

  async request(message: NewRequest, options: RequestOptions = {}): Promise<Untyped> {
    const { counts, options: limits } = this.#parts;
    const topic = this.#checked(message);
    if (this.#pending.size >= limits.maxPendingRequests) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many requests wait for responses.");
    }
    this.#throwUnlessAllowed(topic, "request");
    const timeoutMs = timeoutOf(message.timeout);
    const given = destinationOf(message.destination);
    const packet = composeMessage(
      message,
      {
        source: this.name,
        topic: topic.text,
        destination: given === EVERYONE ? (pluginOfTopic(topic.text) ?? EVERYONE) : given,
        messageType: "request",
        request: { correlationId: crypto.randomUUID(), timeoutMs },
      },
      this.#parts.composing,
    );
    counts.requests += 1;
    topic.count(1);
    try {
      return await this.#pending.send(packet, timeoutMs, options);
    } catch (error) {
      counts.failedRequests += 1;
      throw error;
    }
  }

  async respond(correlationId: string, payload?: unknown): Promise<void> {
    this.#throwIfDisposed();
    const port = this.#received.find(correlationId);
    const answer = this.#copyOf(payload);
    this.#received.close(correlationId);
    await port.respond(answer);
  }

  async progress(correlationId: string, payload: unknown): Promise<void> {
    this.#throwIfDisposed();
    const port = this.#received.find(correlationId);
    await port.progress(this.#copyOf(payload));
  }

  /** Leaves the requests unanswered that it has received: its program has lost its connection. */
  abandonRequests(): void {
    this.#received.abandonAll();
  }

  stats(): BusStats {
    return this.#deps.stats();
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#deps.onDispose();
    this.#subscriptions.endAll();
    this.#received.abandonAll();
    this.#pending.rejectAll(left());
  }

  #publish(message: NewMessage): Promise<void> {
    const topic = this.#checked(message);
    const messageType = messageTypeOf(message.messageType);
    this.#throwUnlessAllowed(topic, messageType);
    const { messageId } = message;
    const { accepted, counts } = this.#parts;
    if (messageId !== undefined) {
      const earlier = accepted.find(this.name, messageId);
      if (earlier !== undefined) {
        counts.duplicates += 1;
        return earlier;
      }
    }
    const destination = destinationOf(message.destination);
    const facts = { source: this.name, topic: topic.text, destination, messageType };
    const done = this.#send(composeMessage(message, facts, this.#parts.composing), topic);
    if (messageId !== undefined) accepted.add(this.name, messageId, done);
    return done;
  }

  #send(packet: Packet, topic: KnownTopic): Promise<void> {
    const { transport, turns } = this.#parts;
    const sent = transport.publish(packet);
    if (sent instanceof Promise) return sent.then((reached) => this.#count(reached, topic));
    this.#count(sent, topic);
    return turns.settled();
  }

  #count(reached: number | undefined, topic: KnownTopic): void {
    this.#parts.counts.published += 1;
    if (reached === 0) this.#parts.counts.undelivered += 1;
    topic.count(reached ?? 0);
  }

  /** Returns the topic of a message. */
  #checked(message: NewMessage): KnownTopic {
    this.#throwIfDisposed();
    if (typeof message === "object" && message !== null) return this.#parts.topics.find(message.topic);
    throw new BridgeError("VALIDATION_FAILED", "A message is an object with a topic.");
  }

  #throwUnlessAllowed({ text }: KnownTopic, messageType: Parameters<BusIdentity["mayPublish"]>[1]): void {
    if (this.identity.mayPublish(text, messageType)) return;
    throw new BridgeError("ACCESS_DENIED", `${this.name} may not publish on ${text}.`, { topic: text });
  }

  #copyOf(payload: unknown): Untyped {
    return copyJson(payload, this.#parts.options.maxPayloadBytes, "The payload").value;
  }

  #throwIfDisposed(): void {
    if (this.#isDisposed) throw left();
  }
}

function left(): BridgeError {
  return new BridgeError("KIRO_UNAVAILABLE", "This participant has left the message bus.");
}

function timeoutOf(value: unknown): number {
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  if (typeof value === "number" && value > 0 && value <= MAX_TIMEOUT_MS) return value;
  throw new BridgeError("VALIDATION_FAILED", `A timeout is a number of milliseconds up to ${MAX_TIMEOUT_MS}.`);
}
