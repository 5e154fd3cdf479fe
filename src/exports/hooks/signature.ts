import { createHmac } from "node:crypto";
import * as z from "zod";
import { DeliveryFailure } from "../delivery/destination.ts";
import { headerSecrets } from "../signing/headerSecrets.ts";

const PREFIX = "whsec_";
/** In bytes, as Standard Webhooks want it. */
const MIN_KEY = 24;
const MAX_KEY = 64;
/** A few, so that the header stays short: during a rotation there are two. */
const MAX_KEYS = 4;

const headerName = z.string().regex(/^[a-z0-9-]{1,64}$/i, "letters, digits and hyphens");
/** Without control characters, which could begin another header. */
const headerValue = z.string().regex(/^[\t\x20-\x7e]{1,4000}$/, "printable ASCII characters");

export const headersSchema = z.record(headerName, headerValue);

const secretPartsSchema = z.strictObject({
  secrets: z.array(z.string()).max(MAX_KEYS).default([]),
  headers: headersSchema.default({}),
});

/** The secret of a webhook: keys that sign, the newest first, and headers that must not be in settings. */
export interface WebhookSecret {
  readonly keys: readonly Buffer[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the secret of a webhook: `whsec_…`, or several of them between spaces while one replaces another, or JSON
 * `{"secrets": ["whsec_…"], "headers": {"authorization": "Bearer …"}}`.
 * @param hide is called with each part that must be shown nowhere
 * @throws DeliveryFailure `blocked`
 */
export function readWebhookSecret(text: string, hide: (secret: string) => void): WebhookSecret {
  const { secrets, headers } = partsOf(text);
  for (const part of [...secrets, ...Object.values(headers).flatMap(headerSecrets)]) hide(part);
  return { keys: secrets.map(keyOf), headers };
}

/**
 * Signs a message as Standard Webhooks do (https://www.standardwebhooks.com): with each key, so that a receiver which has
 * only the old or only the new one accepts it.
 * @param at milliseconds of the Unix epoch, of this attempt
 */
export function signatureHeaders(
  { id, body, at }: { readonly id: string; readonly body: string; readonly at: number },
  keys: readonly Buffer[],
): Record<string, string> {
  const seconds = Math.floor(at / 1000).toString();
  const signed = `${id}.${seconds}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signatures.join(" ") };
}

function partsOf(text: string): z.infer<typeof secretPartsSchema> {
  if (!text.startsWith("{")) return assertFew({ secrets: text.split(/[\s,]+/), headers: {} });
  try {
    return secretPartsSchema.parse(JSON.parse(text));
  } catch {
    throw new DeliveryFailure(
      "blocked",
      'The secret is not JSON of the form {"secrets": ["whsec_…"], "headers": {"authorization": "…"}}. Set it again.',
    );
  }
}

function assertFew(parts: z.infer<typeof secretPartsSchema>): z.infer<typeof secretPartsSchema> {
  if (parts.secrets.length <= MAX_KEYS) return parts;
  throw new DeliveryFailure("blocked", `The secret has more than ${MAX_KEYS} keys. Set the ones that are in use.`);
}

function keyOf(secret: string): Buffer {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  const key = Buffer.from(encoded, "base64");
  const isBase64 = key.toString("base64").replaceAll("=", "") === encoded.replaceAll("=", "");
  if (isBase64 && key.length >= MIN_KEY && key.length <= MAX_KEY) return key;
  throw new DeliveryFailure(
    "blocked",
    `A secret of a webhook is '${PREFIX}' and ${MIN_KEY} to ${MAX_KEY} bytes in base64. Set it again.`,
  );
}
