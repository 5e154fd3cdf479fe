import { retryAfterMsOf } from "../../core/network/responseHeaders.ts";
import { isWebPage, quoted, vendorErrorOf } from "../../core/network/vendorText.ts";
import { DeliveryFailure, type FailureKind } from "../delivery/destination.ts";
import type { IncomingAnswer } from "./request.ts";

/** Difference in milliseconds to the destination's clock above which it may be why a signature was rejected. */
const MAX_SKEW_MS = 5 * 60_000;

/** Words in the code or the message of a service that rejects a signature or a token. */
const REJECTED_PROOF =
  /signature|expired|skew|timestamp|not valid at the current time|reasonable timeframe|short-lived|AuthenticationFailed|failed to authenticate|unauthenticated/i;

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
  const said = saidIn(answer);
  const isSkewed = skewMs !== undefined && Math.abs(skewMs) > MAX_SKEW_MS;
  const isClock = kind === "blocked" && isSkewed && rejectsProof(status, said);
  const parts = [
    `${options.place} ${meaningOf(status)} (${status}).`,
    isClock ? skewSentence(skewMs) : (options.advice ?? adviceOf(status)),
  ];
  const quote = quoted(said.text, options.redact);
  return new DeliveryFailure(kind, parts.filter((part) => part !== "").join(" ") + quote, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(skewMs !== undefined && { skewMs }),
  });
}

interface Said {
  /** The name of the failure, "" if there is none. */
  readonly code: string;
  readonly text: string | undefined;
}

/** Returns what an answer says about its failure, in JSON or XML; nothing for a web page. */
function saidIn({ body, headers }: IncomingAnswer): Said {
  const named = headers["x-ms-error-code"] ?? headers["x-amzn-errortype"] ?? "";
  const text = body.toString();
  if (isWebPage(headers["content-type"] ?? null, text)) return { code: named, text: undefined };
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  if (code !== undefined || message !== undefined) {
    return { code: code ?? named, text: [code, message].filter(Boolean).join(": ") };
  }
  const json = vendorErrorOf(text);
  const type = /"__type"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1];
  const names = [named, type, json.type, json.code].filter(Boolean).join(" ");
  if (json.message !== undefined) return { code: names, text: json.message };
  return { code: names, text: /^\s*[[{<]/.test(text) ? undefined : text };
}

/** Returns true for an answer to a signature or a token that is rejected, which a wrong clock may explain. */
function rejectsProof(status: number, { code, text = "" }: Said): boolean {
  if (status === 401) return true;
  if (status !== 400 && status !== 403) return false;
  const says = `${code} ${text}`.trim();
  return REJECTED_PROOF.test(says) || (status === 403 && says === "");
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
  402: "requires a payment",
  403: "does not allow this",
  404: "does not exist",
  405: "does not accept such requests",
  407: "is behind a proxy that requires a login",
  408: "timed out while it was reading the request",
  410: "does not exist any more",
  413: "does not accept anything that large",
  429: "asks for fewer requests",
  503: "is temporarily unavailable",
};

function meaningOf(status: number): string {
  const known = meanings[status];
  if (known !== undefined) return known;
  if (status >= 500) return "reports an internal error";
  return status >= 300 && status < 400 ? "answers with a redirect, which is not followed" : "refuses the request";
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
