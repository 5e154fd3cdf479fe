import type { Message, MessageType, NewMessage, NewRequest, Untyped } from "./message.ts";

/** Name and permissions of a participant, which come from the principal of its connection. */
export interface BusIdentity {
  /** The `source` of all that it sends. Unique among principals. */
  readonly name: string;
  readonly principalId: string;
  /** @param topic in its slash form */
  mayPublish(topic: string, messageType: MessageType): boolean;
  /** @param pattern in its slash form */
  maySubscribe(pattern: string): boolean;
}

export interface Delivery {
  readonly message: Message;
  /** Aborts when the requester cancels or its deadline passes, and when the subscription ends. */
  readonly signal: AbortSignal;
}

/**
 * Takes one message. The next one waits for its promise. Of a durable subscription, a fulfilled promise acknowledges
 * the message, and a rejected one has it delivered again.
 */
export type DeliveryHandler = (delivery: Delivery) => unknown;

export interface DurableOptions {
  /** Deliveries of one message before it becomes a dead letter; 5 by default. */
  readonly maxDeliver?: number | undefined;
  /** Milliseconds before the second, third, … delivery; the last one repeats. */
  readonly backoffMs?: readonly number[] | undefined;
}

export interface SubscribeOptions {
  /** Selects messages before they wait for the handler. */
  readonly filter?: ((message: Message) => boolean) | undefined;
  /** Subscriptions with a higher number are called first; 5 by default. */
  readonly priority?: number | undefined;
  /** Messages on these topics are kept until the handler acknowledges them. */
  readonly durable?: boolean | DurableOptions | undefined;
  /** Name of a queue group: each message goes to one of its subscriptions. */
  readonly group?: string | undefined;
  /** Messages that may wait for the handler; 1000 by default. */
  readonly maxQueued?: number | undefined;
  /** Called with the number of messages that were dropped because too many waited. */
  readonly onLost?: ((count: number) => void) | undefined;
}

export interface BusSubscription {
  /** In its slash form. */
  readonly pattern: string;
  unsubscribe(): void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((payload: Untyped) => void) | undefined;
}

/** One that sends and receives messages under one name. */
export interface BusParticipant {
  readonly name: string;
  /**
   * Resolves when the bus has accepted the message: of a durable topic, when it is stored. Handlers that run to their
   * end synchronously have run by then, if they are in this process.
   * @throws BridgeError VALIDATION_FAILED, PAYLOAD_TOO_LARGE, ACCESS_DENIED, RATE_LIMIT_EXCEEDED or KIRO_UNAVAILABLE
   */
  publish(message: NewMessage): Promise<void>;
  /** @throws BridgeError VALIDATION_FAILED, ACCESS_DENIED or RATE_LIMIT_EXCEEDED */
  subscribe(pattern: string, handler: DeliveryHandler, options?: SubscribeOptions): BusSubscription;
  /**
   * Resolves with the payload of the response.
   * @throws BridgeError NOT_FOUND at once if there is nobody to answer; OPERATION_TIMEOUT; KIRO_UNAVAILABLE if the
   * responder disconnects; what `publish` throws; the reason of the signal
   */
  request(message: NewRequest, options?: RequestOptions): Promise<Untyped>;
  /** Answers a request. @throws BridgeError ACCESS_DENIED for one that this participant did not receive */
  respond(correlationId: string, payload?: unknown): Promise<void>;
  /** Sends an intermediate result to the requester. @throws as `respond` */
  progress(correlationId: string, payload: unknown): Promise<void>;
  stats(): BusStats;
  /** Ends its subscriptions and requests, and abandons the requests that it has not answered. */
  dispose(): Promise<void>;
}

export interface TopicStats {
  readonly topic: string;
  readonly published: number;
  readonly delivered: number;
  /** Messages published per second, since the reading of the statistics before, and over at least 5 s. */
  readonly perSecond: number;
}

/** Counts since the start of the bus. */
export interface BusStats {
  readonly participants: number;
  readonly subscriptions: number;
  readonly pendingRequests: number;
  readonly published: number;
  readonly delivered: number;
  /** Dropped because nobody subscribes to them. */
  readonly undelivered: number;
  readonly expired: number;
  /** Dropped because too many waited for a handler. */
  readonly lost: number;
  /** Repeated publishes that were accepted before. */
  readonly duplicates: number;
  readonly deadLetters: number;
  readonly handlerErrors: number;
  readonly requests: number;
  readonly failedRequests: number;
  /** The most recent topics. */
  readonly topics: readonly TopicStats[];
}
