import type { ErrorBody } from "../../../protocol/errors.ts";
import type { Message, NewMessage, NewRequest } from "../message.ts";
import type { SubscribeOptions } from "../participant.ts";

/** Deliveries of one subscription that may be unacknowledged, by the choice of this client. */
export const DELIVERY_WINDOW = 32;

/** The options of a subscription that the bridge applies; the rest stays with the subscriber. */
export interface SentSubscribeOptions extends Pick<SubscribeOptions, "priority" | "durable" | "group" | "maxQueued"> {
  /**
   * Applies backpressure: the number of deliveries that may be unacknowledged. Without it, only the connection limits what
   * is sent. A durable subscription gets one at a time.
   */
  readonly window?: number | undefined;
}

/** Operations of a client, by their names, with their fields. */
export interface BusOperations {
  /** Settles when the message is accepted: stored, if its topic is durable. */
  publish: { readonly message: NewMessage };
  /** The client numbers its subscriptions; a number may be used once in a session. */
  subscribe: { readonly subscription: number; readonly pattern: string; readonly options?: SentSubscribeOptions };
  unsubscribe: { readonly subscription: number };
  /** Settles with the payload of the response. `progress` frames with the ID of this operation come before. */
  request: { readonly message: NewRequest };
  /** Ends a request, by the ID of its operation. */
  cancel: { readonly request: number };
  /** Answers a request that was delivered to this session. */
  respond: { readonly correlationId: string; readonly payload?: unknown };
  progress: { readonly correlationId: string; readonly payload?: unknown };
  /** Deliveries that were handled. */
  ack: { readonly deliveries: readonly number[] };
  /** A delivery that could not be handled. That of a durable subscription is repeated later. */
  nack: { readonly delivery: number; readonly error?: string };
}

export type BusOperationName = keyof BusOperations;

/**
 * One operation. IDs are positive and increase within a session: after a broken connection the bridge ignores those that
 * it has processed already.
 */
export type BusOperation<Name extends BusOperationName = BusOperationName> = {
  readonly [Op in Name]: {
    readonly id: number;
    readonly op: Op;
    /** The number of the latest frame that the client has received, so that the bridge can forget it. */
    readonly received?: number;
  } & BusOperations[Op];
}[Name];

/** The first frame of each connection. It has no number. */
export interface ReadyFrame {
  readonly type: "ready";
  /** The ID with which the client resumes after a broken connection: `?session=…&received=…`. */
  readonly session: string;
  /** The plugin name of the session, `source` of everything that it sends. */
  readonly name: string;
  /** False if the session is a new one, without subscriptions. */
  readonly resumed: boolean;
  /** The highest ID of an operation that the bridge has processed in this session; 0 for none. */
  readonly lastOp: number;
  /** The number of frames that were evicted before the client has received them. */
  readonly missed: number;
  /** The time in milliseconds for which a session is kept after its connection is broken. */
  readonly keptMs: number;
  /** The maximum size of a payload in bytes. */
  readonly maxPayloadBytes: number;
}

/** The reply to an operation. */
export type ReplyFrame =
  | { readonly id: number | null; readonly result: unknown }
  | { readonly id: number | null; readonly error: ErrorBody };

export interface MessageFrame {
  readonly type: "message";
  readonly subscription: number;
  /** The number of this delivery, for `ack`, `nack` and `cancelled`. */
  readonly delivery: number;
  readonly message: Message;
}

/** Messages that were dropped, because the subscriber did not keep up. */
export interface MessagesLostFrame {
  readonly type: "messages-lost";
  readonly subscription: number;
  readonly count: number;
}

export interface ProgressFrame {
  readonly type: "progress";
  /** The ID of the operation `request`. */
  readonly request: number;
  readonly payload?: unknown;
}

/** The sender of a delivered request does not wait for its response any more. */
export interface CancelledFrame {
  readonly type: "cancelled";
  readonly delivery: number;
}

/** A subscription was ended by the bridge. */
export interface UnsubscribedFrame {
  readonly type: "unsubscribed";
  readonly subscription: number;
  readonly error: ErrorBody;
}

/** Everything that the bridge sends after `ready`. The frames of a session are numbered from 1, without gaps. */
export type NumberedFrame = { readonly number: number } & SessionFrame;

export type SessionFrame =
  | ReplyFrame
  | MessageFrame
  | MessagesLostFrame
  | ProgressFrame
  | CancelledFrame
  | UnsubscribedFrame;
