import type { IncomingMessage, ServerResponse } from "node:http";
import { createSession, type Session } from "better-sse";
import type { ClientEntry } from "../clientEntry.ts";
import type { ClientRegistry } from "../clients.ts";
import { EventText } from "./eventText.ts";

/** Shared by all streams: each event is sent to all of them before the next one. */
const spelling = new EventText();

/** A response of Server-Sent Events that was started. */
export interface EventSession {
  readonly session: Session;
  /** The registry entry, for the duration of the response. */
  readonly client: ClientEntry;
}

/**
 * Starts a response of Server-Sent Events. The client is registered first, so it counts against the limit and can be
 * disconnected.
 * @param serialize writes data on one line; by default as JSON, with a cache for those that many streams get
 * @returns undefined if there is no receiver: a HEAD request, or a client that has disconnected
 * @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many connections
 */
export async function openEventSession(
  request: IncomingMessage,
  response: ServerResponse,
  clients: Pick<ClientRegistry, "connect">,
  serialize: (data: unknown) => string = (data) => spelling.text(data),
): Promise<EventSession | undefined> {
  const client = clients.connect("sse", request, () => response.destroy());
  response.once("close", () => client.dispose());
  const session = await createSession(request, response, {
    trustClientEventId: false,
    headers: { Connection: "close" },
    serializer: serialize,
    // Adds the usual space after the colon. JSON, event types and IDs contain no line breaks to remove.
    sanitizer: (text) => ` ${text}`,
  });
  if (!response.destroyed && request.method !== "HEAD") return { session, client };
  response.end();
  return undefined;
}
