import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { LARGE, ownTurn } from "../../base/ownTurn.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import { knownPrincipalOf } from "../guards/principals.ts";
import type { Budgeted } from "../limits/budgets.ts";
import type { IncomingShare } from "../limits/incomingBytes.ts";

/** Accepts `application/json`, with UTF-8 as the only charset. */
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?$/i;

/**
 * Reads a JSON body.
 * @param maxBytes maximum size; the rest of a larger body is discarded
 * @returns undefined without a body
 * @throws BridgeError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, VALIDATION_FAILED (invalid JSON or UTF-8, truncated),
 * RATE_LIMIT_EXCEEDED (too much is being received from all clients together)
 */
export async function readJson(request: IncomingMessage & Budgeted, maxBytes: number): Promise<unknown> {
  return (await readJsonBytes(request, maxBytes)).value;
}

/** Reads a JSON body, and returns its bytes too. @throws BridgeError as `readJson` does */
export async function readJsonBytes(
  request: IncomingMessage & Budgeted,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer; readonly value: unknown }> {
  assertJsonType(request);
  if (Number(request.headers["content-length"]) > maxBytes) throw tooLarge(maxBytes);
  const share = request.app.locals.incoming?.shareOf(knownPrincipalOf(request));
  const bytes = await readBytes(request, maxBytes, share);
  try {
    if (bytes.length > LARGE) await ownTurn();
    return { bytes, value: bytes.length === 0 ? undefined : parse(bytes) };
  } finally {
    share?.give(bytes.length);
  }
}

/** Rejects forms and plain text, which any web page may send without a preflight request. */
function assertJsonType({ headers }: IncomingMessage): void {
  const type = headers["content-type"];
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  const encoding = headers["content-encoding"] ?? "identity";
  if (type === undefined ? hasBody : !JSON_TYPE.test(type)) throw new BridgeError("UNSUPPORTED_MEDIA_TYPE");
  if (encoding !== "identity") {
    throw new BridgeError("UNSUPPORTED_MEDIA_TYPE", "Send the body without Content-Encoding.");
  }
}

/** Reads the body. The resulting bytes still count as incoming. */
export function readBytes(
  request: IncomingMessage,
  maxBytes: number,
  share: IncomingShare | undefined,
): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  let isRefused = false;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const refuse = (why: BridgeError): void => {
    isRefused = true;
    share?.give(length);
    chunks = [];
    reject(why);
  };
  request.on("data", (chunk: Buffer) => {
    if (isRefused) return;
    const why = length + chunk.length > maxBytes ? tooLarge(maxBytes) : share?.take(chunk.length);
    if (why !== undefined) {
      refuse(why);
      return;
    }
    length += chunk.length;
    chunks.push(chunk);
  });
  request.on("end", () => {
    if (isRefused) return;
    resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  });
  request.on("close", () => {
    if (request.complete || isRefused) return;
    refuse(new BridgeError("VALIDATION_FAILED", "The connection closed before its body ended."));
  });
  return promise;
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw notJson("the body is not UTF-8");
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    const position = /position (\d+)/.exec(messageOf(error))?.[1];
    throw notJson(
      position === undefined
        ? "the body is not valid JSON"
        : `the body is not valid JSON: error at position ${position}`,
    );
  }
}

function notJson(detail: string): BridgeError {
  return invalid("(body)", "json", "JSON in UTF-8", "something else", detail);
}

/** Creates the error for a body above a limit. */
export function tooLarge(maxBytes: number): BridgeError {
  return new BridgeError("PAYLOAD_TOO_LARGE", `The request body may have at most ${maxBytes} bytes.`, { maxBytes });
}
