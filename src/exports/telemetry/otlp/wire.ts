import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import * as z from "zod";
import type { PartialSuccess, Payload } from "../signals/payload.ts";

export const protocols = ["http/protobuf", "http/json"] as const;
export type Protocol = (typeof protocols)[number];

export const contentTypes: Readonly<Record<Protocol, string>> = {
  "http/protobuf": "application/x-protobuf",
  "http/json": "application/json",
};

/** Returns the body of a request. */
export function encodePayload(payload: Payload, protocol: Protocol): Uint8Array {
  const isJson = protocol === "http/json";
  const bytes = ((): Uint8Array | undefined => {
    switch (payload.signal) {
      case "traces":
        return (isJson ? JsonTraceSerializer : ProtobufTraceSerializer).serializeRequest([...payload.items]);
      case "logs":
        return (isJson ? JsonLogsSerializer : ProtobufLogsSerializer).serializeRequest([...payload.items]);
      default:
        return (isJson ? JsonMetricsSerializer : ProtobufMetricsSerializer).serializeRequest(payload.items);
    }
  })();
  if (bytes === undefined) throw new TypeError(`The ${payload.signal} could not be encoded.`);
  return bytes;
}

/** Reads what a receiver says of a request that it took. An answer that is not of the protocol says nothing. */
export function partialSuccessIn(body: Uint8Array, contentType: string | undefined): PartialSuccess {
  const isJson = contentType?.startsWith(contentTypes["http/json"]) === true;
  try {
    return isJson ? jsonPartialSuccess(body) : protobufPartialSuccess(body);
  } catch {
    return { rejected: 0, message: "" };
  }
}

/** The answers to all signals are the same message, with another name of its first field. */
function protobufPartialSuccess(body: Uint8Array): PartialSuccess {
  const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(body);
  return { rejected: partialSuccess?.rejectedSpans ?? 0, message: partialSuccess?.errorMessage ?? "" };
}

/** Reads the message of a failure, which is a `google.rpc.Status`: its fields are those of a partial success. */
export function statusMessageIn(body: Uint8Array): string {
  const length = body.length;
  if (length === 0 || length >= 1 << 14) return "";
  const head = length < 128 ? [0x0a, length] : [0x0a, (length & 127) | 128, length >> 7];
  try {
    return protobufPartialSuccess(Uint8Array.from([...head, ...body])).message;
  } catch {
    return "";
  }
}

const count = z.coerce.number().int().min(0).default(0);
const answerSchema = z.object({
  partialSuccess: z
    .object({
      rejectedSpans: count,
      rejectedLogRecords: count,
      rejectedDataPoints: count,
      errorMessage: z.string().default(""),
    })
    .nullish(),
});

function jsonPartialSuccess(body: Uint8Array): PartialSuccess {
  const { partialSuccess } = answerSchema.parse(JSON.parse(Buffer.from(body).toString()));
  if (partialSuccess === undefined || partialSuccess === null) return { rejected: 0, message: "" };
  const { rejectedSpans, rejectedLogRecords, rejectedDataPoints, errorMessage } = partialSuccess;
  return { rejected: rejectedSpans + rejectedLogRecords + rejectedDataPoints, message: errorMessage };
}
