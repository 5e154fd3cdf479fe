import type { Clock } from "../../../base/clock.ts";
import type { Logger } from "../../../base/logger.ts";
import type { BusTransport } from "../transport.ts";
import type { AcceptedIds } from "./acceptedIds.ts";
import type { BusCounts, KnownTopics } from "./busCounts.ts";
import type { Composing } from "./composeMessage.ts";
import type { Turns } from "./turns.ts";

export interface BrokerDeps {
  readonly transport: BusTransport;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BrokerOptions {
  /** Of the JSON of one payload; 1 MiB by default. */
  readonly maxPayloadBytes: number;
  /** Messages that may wait for one handler, unless its subscription says otherwise; 1000 by default. */
  readonly maxQueued: number;
  /** Bytes that may wait for one handler; 16 MiB by default. */
  readonly maxQueuedBytes: number;
  /** Bytes that may wait for all handlers of participants of one name; 64 MiB by default. */
  readonly maxBytesOfName: number;
  /** Subscriptions of one participant; 500 by default. */
  readonly maxSubscriptions: number;
  /** Requests of one participant that wait for responses; 10000 by default. */
  readonly maxPendingRequests: number;
}

export const brokerDefaults: BrokerOptions = {
  maxPayloadBytes: 1024 * 1024,
  maxQueued: 1000,
  maxQueuedBytes: 16 * 1024 * 1024,
  maxBytesOfName: 64 * 1024 * 1024,
  maxSubscriptions: 500,
  maxPendingRequests: 10_000,
};

/** Parts that all participants of one broker share. */
export interface BusParts extends BrokerDeps {
  readonly options: BrokerOptions;
  readonly counts: BusCounts;
  readonly topics: KnownTopics;
  readonly accepted: AcceptedIds;
  readonly turns: Turns;
  readonly composing: Composing;
}
