import { SeverityNumber, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { DataPointType } from "@opentelemetry/sdk-metrics";
import type { Attributes, LogRecord, Metric, Payload, Resource, Span, Time } from "../signals/payload.ts";

/** An item of Application Insights, as its ingestion takes it. */
interface Envelope {
  readonly ver: 1;
  readonly name: string;
  readonly time: string;
  readonly sampleRate: 100;
  readonly iKey: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Readonly<Record<string, unknown>> };
}

/** An envelope, with the fact that it is made of. */
export interface InsightsItem {
  readonly envelope: Envelope;
  /** Undefined for metrics. */
  readonly owner?: string | undefined;
}

/** Limits of the service, in characters. What is longer is cut. */
const MAX_NAME = 1024;
const MAX_MESSAGE = 32_768;
/** Limits of values, in bytes. */
const MAX_VALUE_BYTES = 8192;
const MAX_GENAI_BYTES = 262_144;

/** The properties whose values may be longer: content, by the conventions of generative AI. */
const genAiContent: ReadonlySet<string> = new Set(["gen_ai.input.messages", "gen_ai.output.messages"]);

const OK = "0";
/** `SeverityLevel` of the service, by the number of OpenTelemetry. */
const severityLevels: readonly (readonly [from: SeverityNumber, level: string])[] = [
  [SeverityNumber.FATAL, "Critical"],
  [SeverityNumber.ERROR, "Error"],
  [SeverityNumber.WARN, "Warning"],
  [SeverityNumber.INFO, "Information"],
];

/**
 * Describes a signal as items of the service: spans are requests and dependencies, their events and logs are traces, metrics
 * are metrics.
 */
export function insightsItemsOf(payload: Payload, iKey: string): InsightsItem[] {
  switch (payload.signal) {
    case "traces":
      return payload.items.flatMap((span, index) =>
        [spanEnvelope(span, iKey), ...eventEnvelopes(span, iKey)].map((envelope) => ({
          envelope,
          owner: payload.owners[index],
        })),
      );
    case "logs":
      return payload.items.map((record, index) => ({
        envelope: logEnvelope(record, iKey),
        owner: payload.owners[index],
      }));
    default: {
      const { resource, scopeMetrics } = payload.items;
      const metrics = scopeMetrics.flatMap((scope) => scope.metrics);
      return metrics.flatMap((metric) => metricEnvelopes(metric, resource, iKey)).map((envelope) => ({ envelope }));
    }
  }
}

function spanEnvelope(span: Span, iKey: string): Envelope {
  const { traceId, spanId } = span.spanContext();
  const { name, kind, attributes, duration, startTime, parentSpanContext } = span;
  const isRequest = kind === SpanKind.SERVER;
  const success = span.status.code !== SpanStatusCode.ERROR;
  const resultCode = span.status.message ?? OK;
  const common = {
    ver: 2,
    id: spanId,
    name: cut(name, MAX_NAME),
    duration: durationOf(duration),
    success,
    properties: propertiesOf(attributes),
    measurements: {},
  };
  const tags = {
    ...tagsOf(span.resource),
    "ai.operation.id": traceId,
    ...(parentSpanContext !== undefined && { "ai.operation.parentId": parentSpanContext.spanId }),
    ...(isRequest && { "ai.operation.name": cut(name, MAX_NAME) }),
  };
  if (isRequest) {
    const baseData = { ...common, responseCode: resultCode, source: "" };
    return envelope("Request", iKey, startTime, tags, { baseType: "RequestData", baseData });
  }
  const provider = attributes["gen_ai.provider.name"];
  const type = typeof provider === "string" ? `GenAI | ${provider}` : "InProc";
  const baseData = { ...common, resultCode, type, target: text(attributes["gen_ai.agent.name"] ?? name) };
  return envelope("RemoteDependency", iKey, startTime, tags, { baseType: "RemoteDependencyData", baseData });
}

function eventEnvelopes({ events, resource, spanContext }: Span, iKey: string): Envelope[] {
  const { traceId, spanId } = spanContext();
  const tags = { ...tagsOf(resource), "ai.operation.id": traceId, "ai.operation.parentId": spanId };
  return events.map(({ name, time, attributes = {} }) => {
    const baseData = { ver: 2, message: cut(name, MAX_MESSAGE), properties: propertiesOf(attributes) };
    return envelope("Message", iKey, time, tags, { baseType: "MessageData", baseData });
  });
}

function logEnvelope(record: LogRecord, iKey: string): Envelope {
  const { spanContext, severityNumber = SeverityNumber.UNSPECIFIED, body, eventName, attributes } = record;
  const severityLevel = severityLevels.find(([from]) => severityNumber >= from)?.[1] ?? "Verbose";
  const tags = {
    ...tagsOf(record.resource),
    ...(spanContext && { "ai.operation.id": spanContext.traceId, "ai.operation.parentId": spanContext.spanId }),
  };
  const properties = propertiesOf({ ...attributes, "event.name": eventName });
  const baseData = { ver: 2, message: cut(text(body), MAX_MESSAGE), severityLevel, properties, measurements: {} };
  return envelope("Message", iKey, record.hrTime, tags, { baseType: "MessageData", baseData });
}

/** A metric of the service is one value, or the sum of several with their count. */
function metricEnvelopes(
  { descriptor, dataPoints, dataPointType }: Metric,
  resource: Resource,
  iKey: string,
): Envelope[] {
  return dataPoints.flatMap(({ value, attributes, endTime }) => {
    const isHistogram = typeof value === "object";
    // Nothing new has been measured.
    if (isHistogram ? value.count === 0 : dataPointType === DataPointType.SUM && value === 0) return [];
    const point = isHistogram
      ? { kind: "Aggregation", value: value.sum ?? 0, count: value.count }
      : { kind: "Aggregation", value, count: 1 };
    const metrics = [{ name: cut(descriptor.name, MAX_NAME), ...point }];
    const baseData = { ver: 2, metrics, properties: propertiesOf(attributes) };
    return [envelope("Metric", iKey, endTime, tagsOf(resource), { baseType: "MetricData", baseData })];
  });
}

function envelope(kind: string, iKey: string, time: Time, tags: Envelope["tags"], data: Envelope["data"]): Envelope {
  const name = `Microsoft.ApplicationInsights.${kind}`;
  return { ver: 1, name, time: new Date(msOf(time)).toISOString(), sampleRate: 100, iKey, tags, data };
}

function tagsOf({ attributes }: Resource): Record<string, string> {
  const version = text(attributes["service.version"]);
  return {
    "ai.cloud.role": text(attributes["service.name"]),
    "ai.cloud.roleInstance": text(attributes["service.instance.id"]),
    "ai.application.ver": version,
    "ai.internal.sdkVersion": `kiro-bridge:${version}`,
  };
}

function propertiesOf(attributes: Attributes): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const maxBytes = genAiContent.has(name) ? MAX_GENAI_BYTES : MAX_VALUE_BYTES;
    if (value !== undefined) properties[cut(name, 150)] = cutBytes(text(value), maxBytes);
  }
  return properties;
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : JSON.stringify(value);
}

function cut(value: string, length: number): string {
  return value.length <= length ? value : value.slice(0, length).toWellFormed();
}

function cutBytes(value: string, length: number): string {
  if (Buffer.byteLength(value) <= length) return value;
  const bytes = Buffer.from(value);
  let end = length;
  // A character is kept whole.
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.toString("utf8", 0, end);
}

function msOf([seconds, nanos]: Time): number {
  return seconds * 1000 + Math.round(nanos / 1e6);
}

/** Writes a duration as `[days.]hours:minutes:seconds.fraction`. */
function durationOf(time: Time): string {
  const ms = msOf(time);
  const part = (unitMs: number, range: number): string => String(Math.floor(ms / unitMs) % range).padStart(2, "0");
  const days = Math.floor(ms / 86_400_000);
  const fraction = String(ms % 1000).padStart(3, "0");
  return `${days === 0 ? "" : `${days}.`}${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}.${fraction}`;
}
