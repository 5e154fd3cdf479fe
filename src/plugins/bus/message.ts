/** Any JSON value, untyped: plugins read `message.payload.status` without a cast. */
export type Untyped = ReturnType<JSON["parse"]>;

export type MessageType = "request" | "response" | "event" | "command";

/** Headers of a message: `traceId` and `spanId` are always set, `traceparent` is kept. */
export type MessageHeaders = Readonly<Record<string, string>>;

export interface MessageMetadata {
  /** The bus drops a message that still waits at this time. ISO 8601. */
  readonly expiresAt?: string;
  /** Milliseconds that the requester waits for the response. Set by the bus. */
  readonly timeout?: number;
  readonly retryCount?: number;
  /** Number of this delivery of a durable message, from 1. Set by the bus. */
  readonly deliveryCount?: number;
  readonly [key: string]: unknown;
}

/**
 * One message on the bus. All subscribers of one process share the object: it is deeply frozen, and its payload is a
 * copy of what was published.
 */
export interface Message<T = Untyped> {
  readonly messageId: string;
  /** Names the request that this is, or that this answers. */
  readonly correlationId?: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** The name of the participant that sent it; set by the bus. */
  readonly source: string;
  /** The name of the only participant that receives it, or `*` for all. */
  readonly destination: string;
  /** The topic in its slash form. */
  readonly topic: string;
  readonly messageType: MessageType;
  /** 1 to 10; those with a higher number are delivered first among those that wait. */
  readonly priority: number;
  readonly headers: MessageHeaders;
  readonly payload: T;
  readonly metadata: MessageMetadata;
}

/** A message as its publisher gives it; the bus adds the rest. */
export interface NewMessage {
  /** With slashes or dots, which are the same; without wildcards. */
  readonly topic: string;
  readonly payload?: unknown;
  /** `event` by default. */
  readonly messageType?: MessageType | undefined;
  /** All participants by default. */
  readonly destination?: string | undefined;
  /** 5 by default. */
  readonly priority?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** The id of a publish that may be repeated: the bus accepts each id of one source once. */
  readonly messageId?: string | undefined;
}

/** A request. Without a destination, one on `plugin/<name>/…` is addressed to that plugin. */
export interface NewRequest extends NewMessage {
  /** Milliseconds; 30000 by default. */
  readonly timeout?: number | undefined;
}
