import type {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";

/** The shapes that the encoders of OpenTelemetry take, which are those of its SDK. */
export type Span = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];
export type LogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number];
export type ResourceMetrics = Parameters<typeof ProtobufMetricsSerializer.serializeRequest>[0];
export type Metric = ResourceMetrics["scopeMetrics"][number]["metrics"][number];
export type Resource = Span["resource"];
export type Scope = Span["instrumentationScope"];
export type Attributes = Span["attributes"];
export type Time = Span["startTime"];

/** The signals of OpenTelemetry, in the order in which they are sent. */
export const signals = ["traces", "logs", "metrics"] as const;
export type Signal = (typeof signals)[number];

/** A request of one signal. With traces and logs: the fact that each item is made of. */
export type Payload =
  | { readonly signal: "traces"; readonly items: readonly Span[]; readonly owners: readonly string[] }
  | { readonly signal: "logs"; readonly items: readonly LogRecord[]; readonly owners: readonly string[] }
  | { readonly signal: "metrics"; readonly items: ResourceMetrics };

/** The items that a receiver has rejected of a request that it took. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}
