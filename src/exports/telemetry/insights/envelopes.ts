import { SeverityNumber, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { DataPointType } from "@opentelemetry/sdk-metrics";
import type { Attributes, LogRecord, Metric, Payload, Resource, Span, Time } from "../signals/payload.ts";

/** An item of Application Insights, as its ingestion takes it. */
export interface Envelope {
  readonly ver: 1;
  readonly name: string;
  readonly time: string;
  readonly sampleRate: 100;
  readonly iKey: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Readonly<Record<string, unknown>> };
}

/** Limits of the service, in characters. What is longer is cut. */
const MAX_NAME = 1024;
const MAX_VALUE = 8192;
const MAX_MESSAGE = 32_768;

const OK = "0";
/** `SeverityLevel` of the service, by the number of OpenTelemetry. */
const severityLevels: readonly (readonly [from: SeverityNumber, level: string])[] = [
  [SeverityNumber.FATAL, "Critical"],
  [SeverityNumber.ERROR, "Error"],
  [SeverityNumber.WARN, "Warning"],
  [SeverityNumber.INFO, "Information"],
];

/** Describes a signal as items of the service: spans are requests and dependencies, logs are traces, metrics are metrics. */
export function envelopesOf(payload: Payload, iKey: string): Envelope[] {
  switch (payload.signal) {
    case "traces":
      return payload.items.map((span) => spanEnvelope(span, iKey));
    case "logs":
      return payload.items.map((record) => logEnvelope(record, iKey));
    default: {
      const { resource, scopeMetrics } = payload.items;
      return scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap((metric) => metricEnvelopes(metric, resource, iKey)),
      );
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
    if (value !== undefined) properties[cut(name, 150)] = cut(text(value), MAX_VALUE);
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

function msOf([seconds, nanos]: Time): number {
  return seconds * 1000 + Math.round(nanos / 1e6);
}

/** Writes a duration as `days.hours:minutes:seconds.fraction`. */
function durationOf(time: Time): string {
  const ms = msOf(time);
  const part = (unitMs: number, range: number): string => String(Math.floor(ms / unitMs) % range).padStart(2, "0");
  const days = Math.floor(ms / 86_400_000);
  const fraction = String(ms % 1000).padStart(3, "0");
  return `${days}.${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}.${fraction}`;
}
