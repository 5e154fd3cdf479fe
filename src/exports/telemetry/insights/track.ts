import { promisify } from "node:util";
import { gzip } from "node:zlib";
import * as z from "zod";
import { quoted } from "../../../core/network/vendorText.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import { answerFailure } from "../../http/answerFailure.ts";
import type { IncomingAnswer } from "../../http/request.ts";
import type { DestinationPorts } from "../../ports.ts";
import { refuseReadable } from "../../signing/bearer.ts";
import type { Payload } from "../signals/payload.ts";
import type { ItemFailures } from "../signals/signalDelivery.ts";
import type { InsightsConnection } from "./connectionString.ts";
import { insightsItemsOf } from "./envelopes.ts";

const compress = promisify(gzip);

/** 439 is the quota of the day, which comes again. */
const passingStatuses: readonly number[] = [408, 429, 439, 500, 502, 503, 504];

/** Each of a thousand items may have an error of its own. */
const MAX_ANSWER_BYTES = 512 * 1024;

const answerSchema = z.object({
  itemsReceived: z.int(),
  itemsAccepted: z.int(),
  errors: z.array(z.object({ index: z.int(), statusCode: z.int(), message: z.string().default("") })).default([]),
});

/** Sends a signal to the ingestion of Application Insights. @throws DeliveryFailure; the signal's reason */
export async function track(
  payload: Payload,
  { instrumentationKey, trackUrl }: InsightsConnection,
  { send, redact, now }: Pick<DestinationPorts, "send" | "redact" | "now">,
  signal: AbortSignal,
): Promise<ItemFailures> {
  refuseReadable(trackUrl);
  const items = insightsItemsOf(payload, instrumentationKey);
  const headers = { "content-type": "application/json", "content-encoding": "gzip", accept: "application/json" };
  const body = await compress(JSON.stringify(items.map(({ envelope }) => envelope)));
  const answer = await send({ method: "POST", url: trackUrl, headers, body, maxAnswerBytes: MAX_ANSWER_BYTES }, signal);
  const place = `Application Insights (${trackUrl.host})`;
  if (answer.status !== 200 && answer.status !== 206) {
    const kind = passingStatuses.includes(answer.status) ? "passing" : undefined;
    throw answerFailure(answer, { place, redact, now, kind, advice: adviceOf(answer.status) });
  }
  const read = answerIn(answer, place);
  const failures = new Map<string, { readonly reason: string; readonly isPassing: boolean }>();
  for (const { index, statusCode, message } of read.errors) {
    const isPassing = passingStatuses.includes(statusCode);
    const reason = `${place} has not taken an item (${statusCode}).${quoted(message, redact)}`;
    const owner = items[index]?.owner ?? `item ${index}`;
    if (failures.get(owner)?.isPassing !== false) failures.set(owner, { reason, isPassing });
  }
  const later = [...failures.values()].find(({ isPassing }) => isPassing);
  return { failures, passing: later && new DeliveryFailure("passing", later.reason, { status: answer.status }) };
}

function answerIn(answer: IncomingAnswer, place: string): z.infer<typeof answerSchema> {
  try {
    const read = answerSchema.parse(JSON.parse(answer.body.toString()));
    if (read.itemsAccepted + read.errors.length >= read.itemsReceived) return read;
    const lost = read.itemsReceived - read.itemsAccepted;
    throw new DeliveryFailure(
      "refused",
      `${place} has answered, but not taken ${lost} of ${read.itemsReceived} items.`,
    );
  } catch (error) {
    if (error instanceof DeliveryFailure) throw error;
    const sentence = `${place} does not answer as the ingestion of Application Insights does. Check the connection string.`;
    throw new DeliveryFailure("blocked", sentence, { status: answer.status, cause: error });
  }
}

function adviceOf(status: number): string | undefined {
  if (status === 400) return "Check the connection string: its key may be of another resource.";
  return status === 439 ? "The quota of the day is used up." : undefined;
}
