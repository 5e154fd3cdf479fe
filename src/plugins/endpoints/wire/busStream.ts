import type { IncomingMessage, ServerResponse } from "node:http";
import type { BridgeError } from "../../../protocol/errors.ts";
import { type EventSession, openEventSession } from "../../../server/events/eventSession.ts";
import type { ServerContext } from "../../../server/serverModule.ts";
import type { BusSession, SessionConnection } from "../session/busSession.ts";
import { type LoadSessions, parametersOf, sessionCallerOf } from "./busLoader.ts";

export interface BusStreamDeps extends Pick<ServerContext, "clients" | "refusals" | "logger"> {
  readonly load: LoadSessions;
}

/** `<session>:<number>` */
const POSITION = /^([\w-]{1,100}):(\d{1,15})$/;

/**
 * `GET /api/kiro/bus/messages` (docs/wire-contract.md#93-the-bus-without-a-websocket): streams the frames of a session as Server-Sent Events, for programs without WebSockets.
 * Resumes after `Last-Event-ID`.
 * @throws BridgeError VALIDATION_FAILED, ACCESS_DENIED, CONFLICT, RATE_LIMIT_EXCEEDED, KIRO_UNAVAILABLE
 */
export async function streamBus(
  request: IncomingMessage,
  response: ServerResponse,
  deps: BusStreamDeps,
): Promise<void> {
  const sessions = await deps.load();
  const caller = sessionCallerOf(request, "sse", deps);
  deps.clients.assertRoom(caller.principal);
  const { session, received } = await sessions.openStream(caller, { ...parametersOf(request), ...positionOf(request) });
  const opened = await openEventSession(request, response, deps.clients, String).catch((error: unknown) => {
    session.endUnlessUsed();
    throw error;
  });
  if (opened === undefined) return session.endUnlessUsed();
  const stream = new BusStream(opened, response, session);
  response.once("close", () => session.detach(stream, false));
  session.attach(stream, received);
}

/** A reconnecting client sends its position as `Last-Event-ID`. */
function positionOf({ headers }: IncomingMessage): { readonly session?: string; readonly received?: string } {
  const [, session, received] = POSITION.exec(String(headers["last-event-id"] ?? "")) ?? [];
  return session === undefined || received === undefined ? {} : { session, received };
}

/** A response of Server-Sent Events, as the connection of a session. */
class BusStream implements SessionConnection {
  readonly #events: EventSession["session"];
  readonly #client: EventSession["client"];
  readonly #response: ServerResponse;
  readonly #session: BusSession;

  constructor({ session: events, client }: EventSession, response: ServerResponse, session: BusSession) {
    this.#events = events;
    this.#client = client;
    this.#response = response;
    this.#session = session;
  }

  get waitingBytes(): number {
    return this.#response.writableLength;
  }

  send(text: string, type: string, number: number): void {
    if (!this.#events.isConnected) return;
    this.#events.push(text, type, `${this.#session.id}:${number}`);
    this.#client.sent();
    this.#client.seen();
  }

  onceDrained(listener: () => void): void {
    this.#response.once("drain", listener);
  }

  close(_error: BridgeError): void {
    this.#response.end();
  }

  resume(): void {
    // Nothing is read from a stream.
  }
}
