import { readTraceparent } from "../../protocol/tracing/traceparent.ts";

/** Returns the header of a position in a trace. One that is not valid is left out, as the bridge would ignore it. */
export function traceHeaderOf(text: string | undefined): Readonly<Record<string, string>> {
  const traceparent = readTraceparent(text);
  return traceparent === undefined ? {} : { traceparent };
}
