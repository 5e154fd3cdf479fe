import type { IncomingMessage } from "node:http";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { Answerable, Submission } from "../../core/commands/submission.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { invalid } from "../../protocol/validate.ts";
import { type Answer, sendJson } from "./answers.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;
const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:[;,]|$)/i;

/** Who takes requests, whichever door they come by. */
export type Submitter = Pick<Dispatcher, "submit" | "submitOnce">;

/**
 * `Idempotency-Key` of a POST that runs something; the same rule for all of them. Read it before the body.
 * @throws BridgeError VALIDATION_FAILED
 */
export function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined || (typeof key === "string" && PRINTABLE_ASCII.test(key))) return key;
  throw invalid("Idempotency-Key", "format", "1 to 255 printable ASCII characters", "something else");
}

/** Whether the caller wants its answer at once: `Prefer: respond-async`. */
export function prefersAsync({ headers }: IncomingMessage): boolean {
  return RESPOND_ASYNC.test(String(headers.prefer ?? ""));
}

/** A request of a program. */
export interface OutsideRequest {
  readonly request: ExecuteRequest;
  readonly idempotencyKey: string | undefined;
  /** See `KeyedRequest`; that of an execute unless said otherwise. */
  readonly identity?: object;
  /** What the program calls itself, for the log. */
  readonly caller: string;
}

/**
 * Hands a request over, once for each key.
 * @throws BridgeError as `Dispatcher.submitOnce` does
 */
export function submitTo(dispatcher: Submitter, outside: OutsideRequest): Promise<Submission> {
  const { request, idempotencyKey, identity = { execute: request }, caller } = outside;
  if (idempotencyKey !== undefined) return dispatcher.submitOnce({ idempotencyKey, request, identity, caller });
  return dispatcher.submit(request, "outside", caller).then(asFirst);
}

function asFirst(execution: Answerable): Submission {
  return { execution, isRepeat: false };
}

/** Answers 202 with the place where the execution can be followed. */
export function sendAccepted(response: Answer, { id }: Answerable, body: object): void {
  response.setHeader("Location", `/api/kiro/executions/${id}`);
  sendJson(response, 202, body);
}

/** The same because the caller prefers so. */
export function sendAcceptedAsync(response: Answer, execution: Answerable, body: object): void {
  response.setHeader("Preference-Applied", "respond-async");
  sendAccepted(response, execution, body);
}
