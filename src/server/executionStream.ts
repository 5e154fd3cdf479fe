import type { IncomingMessage, ServerResponse } from "node:http";
import { createSession, type Session } from "better-sse";
import type { EventLog } from "../core/eventLog.ts";
import type { Execution } from "../core/execution.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import { invalid } from "../protocol/validate.ts";
import { EventFeed, type EventSink } from "./eventFeed.ts";

const EVENT_ID = /^\d{1,15}$/;
/** With one of these the story of an execution begins: nothing before it can be missing. */
const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

/**
 * `GET /api/kiro/executions/{id}/events`: the events of one execution as Server-Sent Events, from the beginning or from
 * behind `Last-Event-ID`; the stream ends behind the final event. An EventSource then comes back by itself: it gets 204,
 * which tells it to stay away.
 * @throws BridgeError VALIDATION_FAILED for a `Last-Event-ID` which is none
 */
export async function streamExecution(
  request: IncomingMessage,
  response: ServerResponse,
  execution: Execution,
  log: EventLog,
): Promise<void> {
  const after = lastEventId(request);
  const wants = (event: BridgeEvent): boolean => "executionId" in event && event.executionId === execution.id;
  if (execution.isSettled && after > 0 && !log.read(after).events.some(wants)) {
    response.writeHead(204).end();
    return;
  }
  const session = await createSession(request, response, {
    trustClientEventId: false,
    headers: { Connection: "close" },
  });
  if (response.destroyed || request.method === "HEAD") {
    response.end();
    return;
  }
  const mayMiss = (next: BridgeEvent | undefined): boolean =>
    after > 0 || next === undefined || !beginnings.has(next.type);
  const feed = new EventFeed(log, sinkOf(session, response), { after, wants, mayMiss });
  response.once("close", () => void feed.dispose());
  await execution.settled;
  feed.whenCaughtUp(() => response.end());
}

/** The cursor of a client that comes back; 0 when it is new. */
function lastEventId({ headers }: IncomingMessage): number {
  const id = headers["last-event-id"] ?? "";
  if (id === "") return 0;
  if (typeof id === "string" && EVENT_ID.test(id)) return Number(id);
  throw invalid("Last-Event-ID", "format", "the id of an event", "something else");
}

function sinkOf(session: Session, response: ServerResponse): EventSink {
  return {
    send: (event: BridgeEvent) => {
      if (session.isConnected) session.push(event, event.type, String(event.eventId));
    },
    get waitingBytes() {
      return response.writableLength;
    },
    onceDrained: (listener) => void response.once("drain", listener),
  };
}
