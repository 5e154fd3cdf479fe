import { createHash } from "node:crypto";
import * as z from "zod";
import { canonicalJson } from "../../base/canonicalJson.ts";
import { jsonSchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";

export type RequestBody = Readonly<Record<string, unknown>>;

const bodySchema = z.record(z.string(), jsonSchema);

/** Reads a body whose fields nobody has checked yet. @throws BridgeError VALIDATION_FAILED unless it is an object of usual depth */
export function requestBodyOf(value: unknown): RequestBody {
  return validate(bodySchema, value);
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
