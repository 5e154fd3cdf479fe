import { createHash } from "node:crypto";
import type { Fact } from "../outbox/fact.ts";
import {
  batchedMessage,
  binaryMessage,
  type CloudEvent,
  cloudEventOf,
  type HttpMessage,
  structuredMessage,
} from "./cloudEvent.ts";
import type { WebhookSettings } from "./webhookSettings.ts";

/** The content of one request. */
export interface WebhookMessage extends HttpMessage {
  /** The same for each attempt. Only letters, digits, `_` and `-`. */
  readonly id: string;
}

type Form = Pick<WebhookSettings, "format" | "batch">;

/** Returns the event of a fact as a webhook sends it. */
export function webhookEventOf(fact: Fact, { thin }: Pick<WebhookSettings, "thin">): CloudEvent {
  const event = cloudEventOf(fact);
  if (!thin) return event;
  const { type, eventId, windowEventId, timestamp, windowId } = fact.event;
  const numbers = { eventId, ...(windowEventId !== undefined && { windowEventId }) };
  const subject = event.subject === undefined ? {} : { executionId: event.subject };
  return { ...event, data: { event: { type, ...numbers, timestamp, windowId, ...subject } } };
}

/** Writes events as one message. A receiver of batches gets each message as a batch. */
export function webhookMessageOf(events: readonly [CloudEvent, ...CloudEvent[]], form: Form): WebhookMessage {
  const [first] = events;
  const id = form.batch === 1 ? first.id : batchIdOf(events);
  const { traceparent } = first;
  const { headers, body } = contentOf(events, first, form);
  const isTraced = form.batch === 1 && traceparent !== undefined;
  return { id, headers: { ...headers, ...(isTraced && { traceparent }) }, body };
}

function contentOf(events: readonly CloudEvent[], first: CloudEvent, { format, batch }: Form): HttpMessage {
  if (format === "cloudevents-binary") return binaryMessage(first);
  if (format === "cloudevents") return batch === 1 ? structuredMessage(first) : batchedMessage(events);
  const body = batch === 1 ? payloadOf(first) : batchPayloadOf(events, first);
  return { headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(body) };
}

/** The payload that Standard Webhooks recommend. */
function payloadOf({ id, type, time, data }: CloudEvent) {
  return { type, timestamp: time, id, data };
}

function batchPayloadOf(events: readonly CloudEvent[], { time }: CloudEvent) {
  return { type: "kiro_bridge.batch", timestamp: time, data: { events: events.map(payloadOf) } };
}

/** Returns an ID that is the same for the same events. */
function batchIdOf(events: readonly CloudEvent[]): string {
  const ids = events.map(({ id }) => id).join("\n");
  return `batch-${createHash("sha256").update(ids).digest("hex").slice(0, 32)}`;
}
