import type { OtlpMessage } from "./otlpPeer.ts";

/** A span as the collector has decoded it. */
export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number | string;
  readonly status?: { readonly code?: number | string };
}

/** Returns what is in the lists of a message under a name, at any depth. */
export function found(value: unknown, name: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) =>
    key === name && Array.isArray(each) ? each : found(each, name),
  );
}

/** Returns messages as the collector would print them. */
export function plain(messages: readonly OtlpMessage[]): unknown {
  return JSON.parse(JSON.stringify(messages));
}

/** Returns an ID in hexadecimal digits: the collector writes one that came as protobuf in base64. */
export function idOf(id = ""): string {
  return /^(?:[0-9a-f]{16}){1,2}$/.test(id) ? id : Buffer.from(id, "base64").toString("hex");
}
