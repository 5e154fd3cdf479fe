import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { isWebPage, quoted } from "../../../core/network/vendorText.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import { answerFailure } from "../../http/answerFailure.ts";
import type { IncomingAnswer } from "../../http/request.ts";
import type { DestinationPorts } from "../../ports.ts";
import type { Route } from "./backend.ts";
import type { PartialSuccess, Payload } from "../signals/payload.ts";
import { contentTypes, encodePayload, partialSuccessIn, statusMessageIn } from "./wire.ts";

const compress = promisify(gzip);

/** By the specification of OTLP. Others of these classes are refused for good, whatever repeats them. */
const passingStatuses: readonly number[] = [408, 429, 502, 503, 504];

/**
 * Sends a signal. @returns what the receiver says of it, in words without secrets
 * @throws DeliveryFailure; the signal's reason
 */
export async function sendPayload(
  payload: Payload,
  { url, headers, protocol, compression, timeoutMs, send }: Route,
  { redact, now }: Pick<DestinationPorts, "redact" | "now">,
  signal: AbortSignal,
): Promise<PartialSuccess> {
  const bytes = encodePayload(payload, protocol);
  const isCompressed = compression === "gzip";
  const answer = await send(
    {
      method: "POST",
      url,
      headers: {
        ...headers,
        "content-type": contentTypes[protocol],
        ...(isCompressed && { "content-encoding": "gzip" }),
      },
      body: isCompressed ? await compress(bytes) : bytes,
      timeoutMs,
    },
    signal,
  );
  const { status } = answer;
  const contentType = answer.headers["content-type"];
  const place = `${url.host}, for ${payload.signal},`;
  if (status < 200 || status > 299) {
    const isFinal = status >= 500 && !passingStatuses.includes(status) && status !== 501 && status !== 505;
    throw answerFailure(withText(answer, contentType), { place, redact, now, ...(isFinal && { kind: "refused" }) });
  }
  if (isWebPage(contentType ?? null, answer.body.toString()))
    throw new DeliveryFailure(
      "blocked",
      `${place} answers with a web page, so it does not speak OTLP. Check the address in its setting.`,
      { status },
    );
  const { rejected, message } = partialSuccessIn(answer.body, contentType);
  return { rejected, message: quoted(message, redact) };
}

/** Writes a failure that is in protobuf as JSON, which failures are read from. */
function withText(answer: IncomingAnswer, contentType: string | undefined): IncomingAnswer {
  if (contentType?.startsWith(contentTypes["http/protobuf"]) !== true) return answer;
  return { ...answer, body: Buffer.from(JSON.stringify({ message: statusMessageIn(answer.body) })) };
}
