import * as z from "zod";
import { addressSchema, commonShape } from "../delivery/commonSettings.ts";
import { eventPatternsSchema } from "./eventsFilter.ts";
import { headersSchema } from "./signature.ts";

/** Headers that carry secrets, which belong where secrets are kept, and those that each message has. */
const RESERVED =
  /^(?:authorization|cookie|proxy-.*|host|connection|content-.*|transfer-encoding|expect|te|upgrade|webhook-.*|ce-.*|traceparent)$/i;

/** Forms of messages: of Standard Webhooks, or of CloudEvents in the structured or binary mode. */
const webhookFormats = ["standard-webhooks", "cloudevents", "cloudevents-binary"] as const;

export const webhookSchema = z
  .strictObject({
    ...commonShape,
    kind: z.literal("webhook").describe("An address that gets messages as Standard Webhooks or CloudEvents."),
    url: addressSchema.describe("The address of the receiver. It may be of this machine or of your network."),
    events: eventPatternsSchema,
    format: z
      .enum(webhookFormats)
      .default("standard-webhooks")
      .describe("The form of the messages. All of them are signed as Standard Webhooks are."),
    batch: z.int().min(1).max(500).default(1).describe("The largest number of events in one message."),
    thin: z.boolean().default(false).describe("True to send only the type and the IDs of an event."),
    signed: z
      .boolean()
      .default(true)
      .describe("False for a receiver that checks no signature, so that no secret is needed."),
    headers: headersSchema
      .refine((headers) => !Object.keys(headers).some((name) => RESERVED.test(name)), {
        error: "a header that is part of the secret, or that each message has",
      })
      .default({})
      .describe("Further headers of each request. Those with a secret belong in the secret of the destination."),
    timeoutMs: z
      .int()
      .min(1000)
      .max(60_000)
      .default(20_000)
      .describe("The time in milliseconds in which the receiver must answer."),
    replies: z
      .boolean()
      .default(false)
      .describe(
        "True to let the receiver answer the questions of executions, such as whether an agent may use a tool, in its answer to the request. Needs `content` all, and https except on this machine.",
      ),
  })
  .refine(({ batch, format }) => batch === 1 || format !== "cloudevents-binary", {
    path: ["batch"],
    error: "1, because the binary mode of CloudEvents has one event in a message",
  })
  .refine(({ batch, replies }) => batch === 1 || !replies, {
    path: ["batch"],
    error: "1, because a reply answers the question of one message",
  })
  .refine(({ content, thin, replies }) => !replies || (content === "all" && !thin), {
    path: ["replies"],
    error: "needs `content` all and `thin` false: nobody should answer a question that is not shown",
  })
  .refine(({ url, replies }) => !replies || isPrivateWay(url), {
    path: ["replies"],
    error: "needs an address with https, except on this machine: others could answer in between",
  });

export type WebhookSettings = z.infer<typeof webhookSchema>;

/** Returns true if nobody between here and the receiver can change its answer. */
function isPrivateWay(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === "https:" || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}
