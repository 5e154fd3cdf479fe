import { randomUUID } from "node:crypto";
import type { DestinationPorts } from "../ports.ts";
import type { Fact } from "../outbox/fact.ts";

/** An event as CloudEvents 1.0 describe it (https://github.com/cloudevents/spec), with its payload as JSON. */
export interface CloudEvent {
  readonly specversion: "1.0";
  /** The ID of the fact: the same for each time that it is sent. */
  readonly id: string;
  readonly source: string;
  /** Only letters, digits, `_` and `.`, as Standard Webhooks want it. */
  readonly type: string;
  readonly time: string;
  /** The ID of the execution. */
  readonly subject?: string;
  readonly datacontenttype: "application/json";
  /** Of the extension for distributed tracing. */
  readonly traceparent?: string;
  readonly data: CloudEventData;
}

interface CloudEventData {
  readonly event?: Fact["event"] | EventIds;
  readonly run?: Fact["run"];
  /** The time until which the answer to the request may answer the question of the event, if it may. */
  readonly replyUntil?: string;
  /** True for the item of a test, which is of no execution. */
  readonly isTest?: true;
}

/** An event for a receiver that asks for the rest. */
type EventIds = Pick<Fact["event"], "type" | "eventId" | "windowEventId" | "timestamp" | "windowId"> & {
  readonly executionId?: string;
};

/** The content of an HTTP request. */
export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const attributes = { specversion: "1.0", datacontenttype: "application/json" } as const;

/** Describes a fact, which is reduced to what its destination may know. */
export function cloudEventOf({ id, at, event, run }: Fact): CloudEvent {
  const subject = "executionId" in event ? event.executionId : undefined;
  return {
    ...attributes,
    id,
    source: sourceOf(event.windowId),
    type: eventTypeOf(event.type),
    time: new Date(at).toISOString(),
    ...(subject !== undefined && { subject }),
    ...(run?.traceparent !== undefined && { traceparent: run.traceparent }),
    data: { event, ...(run !== undefined && { run }) },
  };
}

/** Builds the marked item of a test. */
export function testCloudEvent({ windowId, now }: Pick<DestinationPorts, "windowId" | "now">): CloudEvent {
  return {
    ...attributes,
    id: `test-${randomUUID()}`,
    source: sourceOf(windowId),
    type: eventTypeOf("test"),
    time: new Date(now()).toISOString(),
    data: { isTest: true },
  };
}

/** Writes an event in the structured mode: everything is in the body. */
export function structuredMessage(event: CloudEvent): HttpMessage {
  return { headers: { "content-type": "application/cloudevents+json; charset=utf-8" }, body: JSON.stringify(event) };
}

/** Writes events in the batched mode. */
export function batchedMessage(events: readonly CloudEvent[]): HttpMessage {
  return {
    headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8" },
    body: JSON.stringify(events),
  };
}

/** Writes an event in the binary mode: its attributes are in headers, and its data is the body. */
export function binaryMessage({ data, datacontenttype, ...others }: CloudEvent): HttpMessage {
  const headers: Record<string, string> = { "content-type": datacontenttype };
  for (const [name, value] of Object.entries(others)) headers[`ce-${name}`] = headerValueOf(value);
  return { headers, body: JSON.stringify(data) };
}

/** Returns the type of an event as consumers see it: `kiro_bridge.command_completed`. */
function eventTypeOf(type: string): string {
  return `kiro_bridge.${type.replaceAll("-", "_")}`;
}

function sourceOf(windowId: string): string {
  return `/kiro-bridge/windows/${encodeURIComponent(windowId)}`;
}

/** Encodes what a header must not have, as the HTTP binding of CloudEvents describes it. */
function headerValueOf(value: string): string {
  return value.toWellFormed().replaceAll(/[^!#$&-~]/gu, (character) => encodeURIComponent(character));
}
