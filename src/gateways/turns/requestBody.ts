import { createHash } from "node:crypto";
import * as z from "zod";
import { canonicalJson } from "../../base/canonicalJson.ts";
import { jsonSchema } from "../../protocol/executions.ts";
import type { Json } from "../../protocol/values.ts";
import { invalid, validate } from "../../protocol/validate.ts";

export type RequestBody = Readonly<Record<string, Json>>;

const bodySchema = z.record(z.string(), jsonSchema);

/** Maximum number of members and elements, which bounds how long the steps after the parser block the event loop. */
const MOST_VALUES = 100_000;

/**
 * Reads a body whose fields nobody has checked yet.
 * @throws BridgeError VALIDATION_FAILED unless it is an object with a usual depth and number of values
 */
export function requestBodyOf(value: unknown): RequestBody {
  if (hasMoreValuesThan(value, MOST_VALUES)) {
    throw invalid("(body)", "too_big", `at most ${MOST_VALUES} values`, "more");
  }
  return validate(bodySchema, value);
}

function hasMoreValuesThan(value: unknown, limit: number): boolean {
  const containers = [value];
  let count = 0;
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    if (typeof container !== "object" || container === null) continue;
    const values: readonly unknown[] = Array.isArray(container) ? container : Object.values(container);
    count += values.length;
    if (count > limit) return true;
    for (const inner of values) if (typeof inner === "object" && inner !== null) containers.push(inner);
  }
  return false;
}

/**
 * Returns `TurnRequest.replayKey`. Clients repeat a request with another order of its members, and with `stream: false` after a
 * stream that broke.
 * @param operation the name of the operation, the same for all paths that it has
 * @param place what else selects the session and its folder, such as headers
 */
export function replayKeyOf(operation: string, body: RequestBody, place: object): string {
  const { stream: _stream, stream_options: _options, ...rest } = body;
  return createHash("sha256")
    .update(canonicalJson([operation, place, rest]))
    .digest("base64url");
}
