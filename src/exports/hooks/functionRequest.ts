import type { Receipt } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { HttpMessage } from "./cloudEvent.ts";

/** Returns the name of a function with an address, in a sentence. */
export function placeOf({ host, pathname }: URL): string {
  return `The function at ${host}${pathname === "/" ? "" : pathname}`;
}

/** Returns the request that carries a message to a function with an address. */
export function messageRequest({ headers, body }: HttpMessage, url: URL, timeoutMs: number): OutgoingRequest {
  return { method: "POST", url, headers, body: Buffer.from(body), timeoutMs };
}

/** Returns what the answer of a function with an address proves. @throws DeliveryFailure for anything but a success */
export function functionReceipt(
  answer: IncomingAnswer,
  place: string,
  { redact, now }: Pick<DestinationPorts, "redact" | "now">,
): Receipt {
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: "sent", detail: `${place} answered ${status}.` };
  throw answerFailure(answer, { place, redact, now, kind: status === 410 ? "gone" : undefined });
}
