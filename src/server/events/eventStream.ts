import type { IncomingMessage, ServerResponse } from "node:http";
import type { Session } from "better-sse";
import { commitNow } from "../../base/endOfTurn.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { ClientEntry } from "../clientEntry.ts";
import type { ClientRegistry } from "../clients.ts";
import { readyEvent } from "./connectionReady.ts";
import type { EventSink } from "../../channel/eventFeed.ts";
import { MAX_WAITING_BYTES } from "../limits/slowReaders.ts";
import { type EventSession, openEventSession } from "./eventSession.ts";
import { eventStreamQueryOf, streamIdOf } from "./eventQuery.ts";
import { Subscription } from "../../channel/subscription.ts";
import { eventsFor } from "../../channel/visibleEvents.ts";
import { principalOf } from "../guards/principals.ts";

export interface EventStreamDeps {
  readonly events: EventLog;
  readonly clients: ClientRegistry;
  readonly version: string;
}

/**
 * `GET /api/kiro/events`: streams events as Server-Sent Events, from now on, or after `Last-Event-ID` or `since`.
 * Starts with `connection-ready`, whose ID is the start position, so that a client disconnected before the first event
 * resumes there.
 * @throws BridgeError VALIDATION_FAILED for an invalid query or `Last-Event-ID`, RATE_LIMIT_EXCEEDED
 */
export async function streamEvents(
  request: IncomingMessage,
  response: ServerResponse,
  { events, clients, version }: EventStreamDeps,
): Promise<void> {
  const params = eventStreamQueryOf(request);
  const opened = await openEventSession(request, response, clients);
  if (opened === undefined) return;
  const stream = new StreamSink(opened, response, events.epoch);
  const subscription = new Subscription(eventsFor(events, principalOf(request)), stream);
  response.once("close", () => subscription.dispose());
  stream.sendAs(readyEvent(events, stream.client.id, version), streamIdOf(events.epoch, events.positionOf(params)));
  subscription.start(params);
}

/** An event stream, as an event sink. */
export class StreamSink implements EventSink {
  readonly client: ClientEntry;
  readonly #session: Session;
  readonly #response: ServerResponse;
  readonly #epoch: string | undefined;

  /** @param epoch prefix of the IDs, for clients that may resume after a restart of the bridge */
  constructor({ session, client }: EventSession, response: ServerResponse, epoch?: string) {
    this.#session = session;
    this.#response = response;
    this.client = client;
    this.#epoch = epoch;
  }

  get isBehind(): boolean {
    return this.#response.writableLength > MAX_WAITING_BYTES;
  }

  send(event: BridgeEvent): void {
    this.sendAs(event, this.#epoch === undefined ? String(event.eventId) : streamIdOf(this.#epoch, event.eventId));
  }

  /** Sends an event with a given ID. */
  sendAs(event: BridgeEvent, id: string): void {
    if (!this.#session.isConnected) return;
    commitNow();
    this.#session.push(event, event.type, id);
    this.client.sent();
    this.client.seen();
  }

  dropped(): void {
    this.client.dropped();
  }

  onceDrained(listener: () => void): void {
    this.#response.once("drain", listener);
  }
}
