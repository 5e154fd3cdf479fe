import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { invalid } from "../../protocol/validate.ts";
import type { ClientRegistry } from "../clients.ts";
import { EventFeed, mayMissBeginning } from "../../channel/eventFeed.ts";
import { openEventSession } from "./eventSession.ts";
import { StreamSink } from "./eventStream.ts";

const EVENT_ID = /^\d{1,15}$/;
export interface ExecutionStreamDeps {
  readonly events: EventLog;
  readonly clients: ClientRegistry;
}

/**
 * `GET /api/kiro/executions/{id}/events`: streams the events of one execution as Server-Sent Events, from the beginning
 * or after `Last-Event-ID`, and ends after the final event. An EventSource then reconnects and gets 204, which stops
 * it.
 * @throws BridgeError VALIDATION_FAILED for an invalid `Last-Event-ID`, RATE_LIMIT_EXCEEDED for too many connections
 */
export async function streamExecution(
  request: IncomingMessage,
  response: ServerResponse,
  execution: Execution,
  { events: log, clients }: ExecutionStreamDeps,
): Promise<void> {
  const after = lastEventId(request);
  const wants = (event: BridgeEvent): boolean => "executionId" in event && event.executionId === execution.id;
  if (execution.isSettled && after > 0 && isEmpty(log.since(after, wants))) {
    response.writeHead(204).end();
    return;
  }
  const opened = await openEventSession(request, response, clients);
  if (opened === undefined) return;
  const sink = new StreamSink(opened, response);
  const mayMiss = (next: BridgeEvent | undefined): boolean => after > 0 || mayMissBeginning(next);
  const feed = new EventFeed(log, sink, { after, wants, mayMiss });
  response.once("close", () => void feed.dispose());
  await execution.settled;
  feed.whenCaughtUp(() => response.end());
}

/** Returns the position of a reconnecting client, or 0. */
function lastEventId({ headers }: IncomingMessage): number {
  const id = headers["last-event-id"] ?? "";
  if (id === "") return 0;
  if (typeof id === "string" && EVENT_ID.test(id)) return Number(id);
  throw invalid("Last-Event-ID", "format", "the id of an event", "something else");
}

function isEmpty(events: Iterable<unknown>): boolean {
  return events[Symbol.iterator]().next().done === true;
}
