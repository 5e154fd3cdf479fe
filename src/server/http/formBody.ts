import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import { knownPrincipalOf } from "../guards/principals.ts";
import type { Budgeted } from "../limits/budgets.ts";
import { readBytes } from "./jsonBody.ts";

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?$/i;
const MAX_FORM_BYTES = 16 * 1024;

/**
 * Reads a form of at most 16 KiB. OAuth requires forms at its endpoints; every other body is JSON. A web page could send
 * one without a preflight request, but its origin is rejected by the guards.
 * @throws BridgeError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, VALIDATION_FAILED (a repeated field)
 */
export async function readForm(request: IncomingMessage & Budgeted): Promise<Record<string, string>> {
  const { "content-type": type = "", "content-encoding": encoding = "identity" } = request.headers;
  if (!FORM_TYPE.test(type) || encoding !== "identity")
    throw new BridgeError("UNSUPPORTED_MEDIA_TYPE", "Send the body as application/x-www-form-urlencoded.");
  const share = request.app.locals.incoming?.shareOf(knownPrincipalOf(request));
  const bytes = await readBytes(request, MAX_FORM_BYTES, share);
  share?.give(bytes.length);
  return singleValues(new URLSearchParams(bytes.toString()));
}

/** Returns the values of a form or a query. @throws BridgeError VALIDATION_FAILED for a repeated name (RFC 6749 §3.1) */
export function singleValues(parameters: URLSearchParams): Record<string, string> {
  const names = [...parameters.keys()];
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw invalid(repeated, "unique", "one value", "several");
  return Object.fromEntries(parameters);
}
