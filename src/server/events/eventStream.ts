import type { IncomingMessage, ServerResponse } from "node:http";
import type { Session } from "better-sse";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { ClientEntry, ClientRegistry } from "../clients.ts";
import { readyEvent } from "./connectionReady.ts";
import type { EventSink } from "../../channel/eventFeed.ts";
import { MAX_WAITING_BYTES } from "../limits/slowReaders.ts";
import { type EventSession, openEventSession } from "./eventSession.ts";
import { eventStreamQueryOf, streamIdOf } from "./eventQuery.ts";
import { Subscription } from "../../channel/subscription.ts";

export interface EventStreamDeps {
  readonly events: EventLog;
  readonly clients: ClientRegistry;
  readonly version: string;
}

/**
 * `GET /api/kiro/events`: the events as Server-Sent Events, from now on, or from behind `Last-Event-ID` or `since`.
 * `connection-ready` comes first; its id is that of the place where the stream begins, so that a client which is cut off
 * before the first event comes back to the same place.
 * @throws BridgeError VALIDATION_FAILED for a query or a `Last-Event-ID` which is none, RATE_LIMIT_EXCEEDED
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
  const subscription = new Subscription(events, stream);
  response.once("close", () => subscription.dispose());
  stream.sendAs(readyEvent(events, stream.client.id, version), streamIdOf(events.epoch, events.positionOf(params)));
  subscription.start(params);
}

/** One event stream, as the place where events go. */
export class StreamSink implements EventSink {
  readonly client: ClientEntry;
  readonly #session: Session;
  readonly #response: ServerResponse;
  readonly #epoch: string | undefined;

  /** @param epoch where a client may come back to another life of the bridge, its ids begin with it */
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

  /** Sends an event under an id of the caller's choice. */
  sendAs(event: BridgeEvent, id: string): void {
    if (!this.#session.isConnected) return;
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
