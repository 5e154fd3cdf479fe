import type { RawHead } from "../../../core/models/modelCall.ts";
import type { StepUsage } from "../../../core/models/step.ts";
import { isWebPage } from "../../../core/network/vendorText.ts";
import type { PassedCall, RawOutcome } from "../wire.ts";
import { AnswerEvents } from "./answerEvents.ts";
import type { Vendor } from "./vendor.ts";

/** Reads what an answer has used, while it passes. */
export interface PassedAnswer {
  /** Gets each event of a stream, or the whole answer. */
  read(json: unknown): void;
  readonly usage: StepUsage | undefined;
  /** As the vendor names it. */
  readonly model: string | undefined;
}

/** The headers of a vendor that a client may see. */
const SEEN = /^(?:content-type|retry-after(?:-ms)?|x-should-retry|(?:x-|anthropic-)?ratelimit-.+|(?:x-)?request-id)$/;

/**
 * Sends a request of a client to a vendor, and hands the answer on as it comes. Only the model, the key and the headers of the
 * engine are the bridge's.
 * @throws ModelFailure if there is no answer of the vendor, or it breaks off; the signal's reason
 */
export async function passThrough(
  { vendor, url, answer }: { readonly vendor: Vendor; readonly url: string; readonly answer: PassedAnswer },
  call: PassedCall,
  signal: AbortSignal,
): Promise<RawOutcome> {
  try {
    const { method, body } = call;
    const headers = {
      accept: "*/*",
      ...call.headers,
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    const request = { method, headers, signal, ...(body !== undefined && { body: JSON.stringify(bodyOf(call)) }) };
    const response = await vendor.send(url, request);
    await handOn(response, { vendor, call, answer });
    const { status } = response;
    return { status, usage: response.ok ? answer.usage : undefined, model: answer.model };
  } catch (error) {
    // A client that leaves before the end would never reach its limit.
    const { usage, model } = answer;
    if (usage !== undefined) call.onUnfinished?.({ usage, model });
    throw vendor.failures.thrown(error, signal, call.model);
  }
}

/** The fields keep their order. */
function bodyOf({ body, model }: PassedCall): PassedCall["body"] {
  return body !== undefined && "model" in body ? { ...body, model } : body;
}

async function handOn(
  response: Response,
  { vendor, call, answer }: { readonly vendor: Vendor; readonly call: PassedCall; readonly answer: PassedAnswer },
): Promise<void> {
  const { ok, status, headers } = response;
  const contentType = headers.get("content-type");
  if (ok && isWebPage(contentType, "")) {
    await response.body?.cancel();
    throw vendor.failures.ofResponse({ status, headers, body: undefined }, call.model);
  }
  call.onHead(headOf(response));
  const events = ok ? new AnswerEvents(contentType, (json) => answer.read(json)) : undefined;
  // Leaving the loop cancels the rest.
  for await (const bytes of response.body ?? []) {
    events?.add(bytes);
    await call.onBytes(bytes);
  }
  events?.end();
}

function headOf({ status, headers }: Response): RawHead {
  return { status, headers: Object.fromEntries([...headers].filter(([name]) => SEEN.test(name))) };
}
