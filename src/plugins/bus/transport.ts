import type { Disposable } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import type { Message, Untyped } from "./message.ts";
import type { Packet } from "./packet.ts";

export type { Packet } from "./packet.ts";

/** Answers one delivered request. The transport ties it to the requester, so nobody else can answer. */
export interface ReplyPort {
  /** Aborts when the requester no longer waits. */
  readonly signal: AbortSignal;
  /** True while the requester waits. */
  readonly isOpen: boolean;
  /** Settles the request, also with an undefined payload. */
  respond(payload: unknown): Promise<void> | undefined;
  progress(payload: unknown): Promise<void> | undefined;
  /** Tells the requester that no response will come from here. Without effect after a response. */
  abandon(): void;
}

/** Takes a message from the transport: synchronously, in order of topic and publisher. */
export type Deliver = (packet: Packet, reply: ReplyPort | undefined) => void;

/**
 * Takes a durable message: a fulfilled promise acknowledges it, a rejected one has it delivered again. When the connection
 * of a subscriber breaks, all promises that wait are rejected.
 * @param round rises after each failure. What was delivered ahead before that comes again: a subscriber that has failed
 * discards the rest of that round
 */
export type DeliverDurable = (packet: Packet, round: number) => Promise<void>;

export interface ConsumeOptions {
  /** Number of messages that are delivered before the first of them is acknowledged; 1 by default. */
  readonly window?: number;
}

export interface TransportSubscription {
  /** The participant: addressed messages reach only subscriptions of the destination's name. */
  readonly name: string;
  /** In its slash form, with `*` and `**`. */
  readonly pattern: string;
  readonly group: string | undefined;
  /** Higher numbers are called first within one process. */
  readonly priority: number;
  /** Number of messages that its handler has not taken to their end. */
  readonly waiting?: (() => number) | undefined;
  /** Selects messages. A message that no filter lets pass has no responder. Never throws. */
  readonly accepts?: ((message: Message) => boolean) | undefined;
}

/** Receives the progress of a request, then one end. Calls after the end are ignored. */
export interface Requester {
  onProgress(payload: Untyped): void;
  onResponse(payload: Untyped): void;
  /** NOT_FOUND without a responder, KIRO_UNAVAILABLE if all responders abandoned it or the connection was lost. */
  onFailed(error: BridgeError): void;
}

/** A request that was sent. */
export interface SentRequest {
  /** Cancels it: the signals of the responders abort. */
  cancel(): void;
}

/** A durable consumer is known by its name and pattern. It receives in order, one message at a time. */
export interface DurableConsumer {
  readonly name: string;
  readonly pattern: string;
  /** Deliveries of one message before it becomes a dead letter. */
  readonly maxDeliver: number;
  /** Milliseconds before the second, third, … delivery; the last one repeats. */
  readonly backoffMs: readonly number[];
}

/** A durable message that a consumer did not acknowledge in all its deliveries. */
export interface DeadLetter {
  readonly id: string;
  readonly message: Message;
  readonly consumer: { readonly name: string; readonly pattern: string };
  /** The message of the last error. */
  readonly error: string;
  readonly deliveries: number;
  /** ISO 8601. */
  readonly timestamp: string;
}

export interface DeadLetters {
  readonly count: number;
  readonly onDidAdd: Event<DeadLetter>;
  /** The most recent first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** Delivers it to its consumer again, with a new count of deliveries. @throws BridgeError NOT_FOUND */
  resend(id: string): Promise<void>;
  /** @throws BridgeError NOT_FOUND */
  remove(id: string): Promise<void>;
}

/** Topics whose messages are kept until their consumers acknowledge them. */
export interface DurableTopics {
  readonly deadLetters: DeadLetters;
  /** Makes the topics of a pattern durable. */
  declareTopics(pattern: string): Promise<void>;
  /** Keeps messages for a consumer from now on, also before it subscribes. Makes its topics durable. */
  declareConsumer(consumer: DurableConsumer): Promise<void>;
  /**
   * Delivers to a consumer from its first message that is not acknowledged. Declares it. Of several subscriptions of one
   * consumer, one receives; the next one, when that ends.
   */
  consume(consumer: DurableConsumer, deliver: DeliverDurable, options?: ConsumeOptions): Disposable;
}

/** The durable half of the embedded transport: a log on disk. */
export interface DurableStore extends DurableTopics, Disposable {
  isDurable(topic: string): boolean;
  /** Other topics may be durable than before. */
  readonly onDidChangeTopics: Event<void>;
  /**
   * Resolves when the message is on disk. Stores a message id of one source once.
   * @throws BridgeError RATE_LIMIT_EXCEEDED if the store is full, KIRO_UNAVAILABLE if it no longer owns its files
   */
  append(packet: Packet): Promise<void>;
}

/** Documents of shared state, with compare-and-set. */
export interface StateBackend {
  read(name: string): Promise<{ readonly document: unknown; readonly revision: string } | undefined>;
  /** Writes if the revision is the current one (undefined: if there is none). Resolves with false otherwise. */
  write(name: string, document: unknown, revision: string | undefined): Promise<boolean>;
  /** Calls back when another process has written a document. */
  watch?(onChanged: (name: string) => void): Disposable;
}

export type TransportStatus =
  /** `lastError`: what the server has refused since it is connected, such as a subject without permission. */
  | { readonly state: "connected"; readonly lastError?: string | undefined }
  /** `since`: ISO 8601. `buffered`: messages that wait for the connection. */
  | { readonly state: "reconnecting"; readonly since: string; readonly buffered: number; readonly reason: string }
  | { readonly state: "closed"; readonly reason: string };

/** Carries messages between brokers, or within one. Topics and patterns are checked and in their slash form. */
export interface BusTransport extends Disposable {
  readonly kind: "embedded" | "nats";
  readonly status: TransportStatus;
  readonly onDidChangeStatus: Event<TransportStatus>;
  /** Undefined if there is no place for durable messages. */
  readonly durable: DurableTopics | undefined;
  /**
   * Sends to all subscriptions, of which each queue group is one. Without a promise, the message is accepted at once.
   * @returns the number of subscriptions reached; undefined where the transport cannot know it
   */
  publish(packet: Packet): Promise<number | undefined> | number | undefined;
  subscribe(subscription: TransportSubscription, deliver: Deliver): Disposable;
  request(packet: Packet, requester: Requester): SentRequest;
}
