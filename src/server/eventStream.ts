import type { IncomingMessage, ServerResponse } from "node:http";
import { createSession, type Session } from "better-sse";
import type { EventLog } from "../core/eventLog.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { ClientEntry, ClientRegistry } from "./clients.ts";
import { readyEvent } from "./connectionReady.ts";
import type { EventSink } from "./eventFeed.ts";
import { eventStreamQueryOf, streamIdOf } from "./eventQuery.ts";
import { EventText } from "./eventText.ts";
import { Subscription } from "./subscription.ts";

export interface EventStreamParts {
  readonly events: EventLog;
  readonly clients: ClientRegistry;
  readonly version: string;
  /** Connections that stay, WebSockets included. */
  readonly maxConnections: number;
}

/** One text for all streams: an event goes to each of them before the next one comes. */
const spelling = new EventText();

/**
 * `GET /api/kiro/events`: the events as Server-Sent Events, from now on, or from behind `Last-Event-ID` or `since`.
 * `connection-ready` comes first; its id is that of the place where the stream begins, so that a client which is cut off
 * before the first event comes back to the same place.
 * @throws BridgeError VALIDATION_FAILED for a query or a `Last-Event-ID` which is none, RATE_LIMIT_EXCEEDED
 */
export async function streamEvents(
  request: IncomingMessage,
  response: ServerResponse,
  { events, clients, version, maxConnections }: EventStreamParts,
): Promise<void> {
  const params = eventStreamQueryOf(request);
  const stream = await openStream(request, response, clients, maxConnections, events.epoch);
  if (stream === undefined) return;
  const subscription = new Subscription(events, stream);
  response.once("close", () => subscription.dispose());
  stream.sendAs(readyEvent(events, stream.client.id, version), streamIdOf(events.epoch, events.positionOf(params)));
  subscription.start(params);
}

/**
 * Begins the answer, and enters the client in the registry for as long as it lasts.
 * @param epoch where a client may come back to another life of the bridge, its ids begin with it
 * @returns undefined when there is nobody to send to: a HEAD request, or a client that has hung up
 * @throws BridgeError RATE_LIMIT_EXCEEDED when there are too many connections
 */
export async function openStream(
  request: IncomingMessage,
  response: ServerResponse,
  clients: ClientRegistry,
  maxConnections: number,
  epoch?: string,
): Promise<StreamSink | undefined> {
  if (clients.size >= maxConnections) {
    throw new BridgeError("RATE_LIMIT_EXCEEDED", `There are ${maxConnections} connections already.`);
  }
  const session = await createSession(request, response, {
    trustClientEventId: false,
    headers: { Connection: "close" },
    serializer: (event) => spelling.text(event),
    sanitizer: (text) => text,
  });
  if (response.destroyed || request.method === "HEAD") {
    response.end();
    return undefined;
  }
  const client = clients.connect("sse", request.headers["user-agent"], () => response.destroy());
  response.once("close", () => client.dispose());
  return new StreamSink(session, response, client, epoch);
}

/** One event stream, as the place where events go. */
export class StreamSink implements EventSink {
  readonly client: ClientEntry;
  readonly #session: Session;
  readonly #response: ServerResponse;
  readonly #epoch: string | undefined;

  constructor(session: Session, response: ServerResponse, client: ClientEntry, epoch: string | undefined) {
    this.#session = session;
    this.#response = response;
    this.client = client;
    this.#epoch = epoch;
  }

  get waitingBytes(): number {
    return this.#response.writableLength;
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
