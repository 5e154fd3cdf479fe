import type { IncomingMessage } from "node:http";
import type { Caller } from "../../core/access/principal.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { Answerable, Submission } from "../../core/commands/submission.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { invalid } from "../../protocol/validate.ts";
import { type Answer, sendJson } from "./answers.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;
const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:[;,]|$)/i;

/** The collaborators of endpoints that submit requests. */
export type Submitter = Pick<Dispatcher, "submit" | "submitOnce">;

/**
 * Reads `Idempotency-Key`, with the same rule for every POST that executes something. Call it before reading the body.
 * @throws BridgeError VALIDATION_FAILED
 */
export function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined || (typeof key === "string" && PRINTABLE_ASCII.test(key))) return key;
  throw invalid("Idempotency-Key", "format", "1 to 255 printable ASCII characters", "something else");
}

/** Returns true if the client wants an immediate response: `Prefer: respond-async`. */
export function prefersAsync({ headers }: IncomingMessage): boolean {
  return RESPOND_ASYNC.test(String(headers.prefer ?? ""));
}

/** A request of a client. */
export interface OutsideRequest {
  readonly request: ExecuteRequest;
  readonly idempotencyKey: string | undefined;
  /** See `KeyedRequest`. Default: the one of an execute. */
  readonly identity?: object;
  readonly caller: Caller;
}

/** Submits a request, at most once per key. @throws BridgeError as `Dispatcher.submitOnce` does */
export function submitTo(dispatcher: Submitter, outside: OutsideRequest): Promise<Submission> {
  const { request, idempotencyKey, identity = { execute: request }, caller } = outside;
  if (idempotencyKey !== undefined) return dispatcher.submitOnce({ idempotencyKey, request, identity, caller });
  return dispatcher.submit(request, caller).then(asFirst);
}

function asFirst(execution: Answerable): Submission {
  return { execution, isRepeat: false };
}

/** Sends 202 with the location of the execution. */
export function sendAccepted(response: Answer, { id }: Answerable, body: object): void {
  response.setHeader("Location", `/api/kiro/executions/${id}`);
  sendJson(response, 202, body);
}

/** The same, with the header that confirms the preference. */
export function sendAcceptedAsync(response: Answer, execution: Answerable, body: object): void {
  response.setHeader("Preference-Applied", "respond-async");
  sendAccepted(response, execution, body);
}
