import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";

/** Length in characters of what a failure quotes of a vendor. */
const MAX_QUOTE = 500;
/** Length in characters of what is searched for secrets. */
const MAX_SEARCHED = 64 * 1024;

/** The error in the body of a vendor, as far as it says one. */
export interface VendorError {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly parameter: string | undefined;
}

const text = z.string().optional().catch(undefined);
const fields = {
  message: text,
  type: text,
  code: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
  param: text,
};
/** OpenAI, Azure, Anthropic, Google; then Ollama, FastAPI and AWS; then Microsoft Entra. */
const nestedSchema = z.object({ error: z.object({ ...fields, status: text }) });
const flatSchema = z.object({ ...fields, error: text, detail: text, Message: text, error_description: text });
const none: VendorError = { message: undefined, type: undefined, code: undefined, parameter: undefined };

/** Reads the error of a vendor, from a body as text or as JSON. */
export function vendorErrorOf(body: unknown): VendorError {
  const json = typeof body === "string" ? jsonIn(body) : body;
  const value: unknown = Array.isArray(json) ? json[0] : json;
  const nested = nestedSchema.safeParse(value).data?.error;
  if (nested !== undefined) {
    const { message, type = nested.status, code, param: parameter } = nested;
    return { message, type, code, parameter };
  }
  const flat = flatSchema.safeParse(value).data;
  if (flat === undefined) return none;
  const {
    message = flat.error_description ?? flat.detail ?? flat.Message ?? flat.error,
    type,
    param: parameter,
  } = flat;
  return { message, type, code: flat.code ?? flat.error, parameter };
}

/** Returns true for a web page, which a proxy, a login or a wrong address sends. */
export function isWebPage(contentType: string | null, body: string): boolean {
  return contentType?.includes("html") === true || /^\s*<(?:!doctype|html|head|body)\b/i.test(body.slice(0, 500));
}

/** Returns what a vendor has said, for a sentence: one line of printable characters, shortened; "" if it has said nothing. */
export function quoted(message: string | undefined, redact: (text: string) => string): string {
  const line = redact(headOf(message ?? ""))
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  if (line === "") return "";
  return ` It says: “${line.length > MAX_QUOTE ? `${line.slice(0, MAX_QUOTE)}…` : line}”`;
}

/** Returns the beginning of a text, up to a space: a part of a secret would not be recognized. */
function headOf(message: string): string {
  if (message.length <= MAX_SEARCHED) return message;
  const head = message.slice(0, MAX_SEARCHED);
  return head.slice(0, head.lastIndexOf(" ") + 1);
}
