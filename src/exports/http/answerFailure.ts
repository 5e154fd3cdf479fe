import { retryAfterMsOf } from "../../core/network/responseHeaders.ts";
import { isWebPage, quoted, vendorErrorOf } from "../../core/network/vendorText.ts";
import { DeliveryFailure, type FailureKind } from "../delivery/destination.ts";
import type { IncomingAnswer } from "./request.ts";

/** Difference in milliseconds to the destination's clock above which it may be why a signature was rejected. */
const MAX_SKEW_MS = 5 * 60_000;

export interface AnswerFailureOptions {
  /** The destination in a sentence: `The bucket 'runs'`, `example.com`. */
  readonly place: string;
  /** Hides secrets in what the destination has said. */
  readonly redact: (text: string) => string;
  readonly now: () => number;
  /** Another meaning than that of the status, which a service says in its body. */
  readonly kind?: FailureKind | undefined;
  /** A sentence of what to do, with a full stop. */
  readonly advice?: string | undefined;
}

/** Returns the failure that an answer other than a success means: what a person is told, and what follows. */
export function answerFailure(answer: IncomingAnswer, options: AnswerFailureOptions): DeliveryFailure {
  const { status, skewMs } = answer;
  const headers = { get: (name: string) => answer.headers[name] ?? null };
  const retryAfterMs = retryAfterMsOf(headers, options.now());
  const kind = options.kind ?? kindOf(status);
  const isSkewed = kind === "blocked" && skewMs !== undefined && Math.abs(skewMs) > MAX_SKEW_MS;
  const parts = [
    `${options.place} ${meaningOf(status)} (${status}).`,
    isSkewed ? skewSentence(skewMs) : (options.advice ?? adviceOf(status)),
  ];
  const said = quoted(saidIn(answer), options.redact);
  return new DeliveryFailure(kind, parts.filter((part) => part !== "").join(" ") + said, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(skewMs !== undefined && { skewMs }),
  });
}

/** Returns what an answer says about its failure, in JSON or XML; undefined for a web page. */
function saidIn(answer: IncomingAnswer): string | undefined {
  const text = answer.body.toString();
  if (isWebPage(answer.headers["content-type"] ?? null, text)) return undefined;
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  if (code !== undefined || message !== undefined) return [code, message].filter(Boolean).join(": ");
  const json = vendorErrorOf(text);
  if (json.message !== undefined) return json.message;
  return /^\s*[[{<]/.test(text) ? undefined : text;
}

function kindOf(status: number): FailureKind {
  if (status === 408 || status === 425 || status === 429) return "passing";
  // Not implemented, and wrong versions of the protocol, stay so.
  if (status >= 500) return status === 501 || status === 505 ? "blocked" : "passing";
  if (status >= 300 && status < 400) return "blocked";
  return [401, 402, 403, 404, 405, 407, 410].includes(status) ? "blocked" : "refused";
}

const meanings: Readonly<Record<number, string>> = {
  401: "rejects the credentials",
  402: "wants to be paid",
  403: "does not allow this",
  404: "does not exist",
  405: "does not take such requests",
  407: "is behind a proxy that wants a login",
  408: "had no time to read the request",
  410: "does not exist any more",
  413: "takes nothing that large",
  429: "wants fewer requests",
  503: "is not available at this time",
};

function meaningOf(status: number): string {
  const known = meanings[status];
  if (known !== undefined) return known;
  if (status >= 500) return "has trouble";
  return status >= 300 && status < 400 ? "redirects elsewhere, which is not followed" : "refuses the request";
}

function adviceOf(status: number): string {
  if (status === 401) return "Set another secret with 'Kiro Bridge: Set Secret of a Destination…'.";
  if (status === 403) return "Check the permissions of the key.";
  if (status === 404 || (status >= 300 && status < 400)) return "Check the address and the names in its setting.";
  return "";
}

/** Says that the clock of this machine is wrong, which a service takes for a wrong key. */
function skewSentence(skewMs: number): string {
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const direction = skewMs > 0 ? "behind" : "ahead";
  return `The clock of this machine is ${minutes} minutes ${direction}, which may be why. Set the clock.`;
}
