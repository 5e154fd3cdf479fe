import type { IncomingMessage } from "node:http";
import { withKnownNames } from "../../protocol/otherNames.ts";
import { eventQuerySchema, type SubscribeParams } from "../../protocol/socket.ts";
import { invalid, validate } from "../../protocol/validate.ts";

/** `<epoch>:<eventId>`, or just the event ID. */
const EVENT_ID = /^(?:([\w-]{1,100}):)?(\d{1,15})$/;

/** Parses the subscription in the URL of an event stream. @throws BridgeError VALIDATION_FAILED */
export function eventQueryOf(request: IncomingMessage): SubscribeParams {
  const { ticket: _ticket, ...wanted } = validate(
    eventQuerySchema,
    withKnownNames(parametersOf(request), ["executionId"]),
  );
  return wanted;
}

/**
 * The same for Server-Sent Events, where a reconnecting client sends its position as `Last-Event-ID`.
 * @throws BridgeError VALIDATION_FAILED
 */
export function eventStreamQueryOf(request: IncomingMessage): SubscribeParams {
  const wanted = eventQueryOf(request);
  const header = request.headers["last-event-id"] ?? "";
  if (header === "") return wanted;
  const [, epoch, since] = EVENT_ID.exec(String(header)) ?? [];
  if (since === undefined) throw invalid("Last-Event-ID", "format", "the id of an event", "something else");
  return { ...wanted, since: Number(since), epoch };
}

/**
 * Returns the ID of an event in a stream of Server-Sent Events. It includes the epoch, because a restarted bridge
 * counts from one.
 */
export function streamIdOf(epoch: string, eventId: number): string {
  return `${epoch}:${eventId}`;
}

function parametersOf({ url = "" }: IncomingMessage): Record<string, string> {
  const query = url.indexOf("?");
  return query < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(query)));
}
