import type { IncomingMessage, ServerResponse } from "node:http";
import { createSession, type Session } from "better-sse";
import type { ClientEntry, ClientRegistry } from "../clients.ts";
import { EventText } from "./eventText.ts";

/** One text for all streams: an event goes to each of them before the next one comes. */
const spelling = new EventText();

/** An answer of Server-Sent Events that has begun. */
export interface EventSession {
  readonly session: Session;
  /** In the registry for as long as the answer lasts. */
  readonly client: ClientEntry;
}

/**
 * Begins an answer of Server-Sent Events. Its client is entered first: it counts against the limit, and can be hung up on.
 * @returns undefined when there is nobody to send to: a HEAD request, or a client that has hung up
 * @throws BridgeError RATE_LIMIT_EXCEEDED when there are too many connections
 */
export async function openEventSession(
  request: IncomingMessage,
  response: ServerResponse,
  clients: Pick<ClientRegistry, "connect">,
): Promise<EventSession | undefined> {
  const client = clients.connect("sse", request, () => response.destroy());
  response.once("close", () => client.dispose());
  const session = await createSession(request, response, {
    trustClientEventId: false,
    headers: { Connection: "close" },
    serializer: (data) => spelling.text(data),
    // The customary space behind the colon. JSON, event types and ids have no line breaks that had to be taken out.
    sanitizer: (text) => ` ${text}`,
  });
  if (!response.destroyed && request.method !== "HEAD") return { session, client };
  response.end();
  return undefined;
}
