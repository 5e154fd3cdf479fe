import type { IncomingMessage, ServerResponse } from "node:http";
import { afterCommit, commitNow } from "../../base/endOfTurn.ts";
import { ownTurn } from "../../base/ownTurn.ts";
import { type BridgeError, type ErrorCode, isBridgeError } from "../../protocol/errors.ts";
import { OAUTH_PATHS, pathOf } from "../guards/exempt.ts";
import { activePrincipalOf } from "../guards/principals.ts";
import type { Budgeted } from "../limits/budgets.ts";
import { mayPass, soleOwner, whenAnswerable } from "../listen/ownership.ts";
import { SMALL_ANSWER } from "../limits/unsentAnswers.ts";
import type { ForeignError } from "./foreignError.ts";

type ErrorHead = Pick<ForeignError, "status" | "body">;

/** The target of a response; implemented by Express's `Response`. */
export type Answer = ServerResponse & Budgeted;

export const JSON_TYPE = "application/json; charset=utf-8";
/** The errors of guards, and of windows that do not own the address. */
const refusals: ReadonlySet<ErrorCode> = new Set(["ACCESS_DENIED", "AUTHENTICATION_FAILED", "KIRO_UNAVAILABLE"]);
export const EXECUTE_PATH = "/api/kiro/execute";

/**
 * Sends JSON with a trailing newline, for terminals. Does nothing if the client has disconnected.
 * @throws BridgeError RATE_LIMIT_EXCEEDED; see `sendText`
 */
export function sendJson(response: Answer, status: number, body: unknown): void {
  if (!response.destroyed) sendText(response, status, JSON_TYPE, `${JSON.stringify(body)}\n`);
}

/** Sends the response of an execution that the bridge could not finish, with the headers of its error. */
export function sendFailure(response: Answer, failure: BridgeError, body: object): void {
  for (const [name, value] of Object.entries(headersOf(failure))) response.setHeader(name, value);
  sendJson(response, failure.status, body);
}

/**
 * Sends a possibly large body, which took time to read, serialized in a turn of its own.
 * @throws BridgeError AUTHENTICATION_FAILED if the access has ended meanwhile; see `sendText`
 */
export async function sendLargeJson(response: Answer, status: number, body: unknown): Promise<void> {
  await ownTurn();
  activePrincipalOf(response.req);
  sendJson(response, status, body);
}

/**
 * Sends any response that is not a stream, unless another window has the address now: then the client gets an error. Node
 * omits the body of HEAD requests.
 * @throws BridgeError RATE_LIMIT_EXCEEDED for a large response while clients have too much unread data
 */
export function sendText(response: Answer, status: number, type: string, body: string | Buffer): void {
  const { ownership = soleOwner } = response.app.locals;
  const waiting = whenAnswerable(ownership, response.socket);
  if (waiting === undefined) {
    send(response, status, type, body);
    return;
  }
  const sendNow = (): void => {
    // The address may have been lost again since it was confirmed.
    if (mayPass(ownership, response.socket)) send(response, status, type, body);
    else sendText(response, status, type, body);
  };
  void waiting.then(sendNow).catch((error: unknown) => sendRefusal(response, error));
}

/** Sends an error in place of a response that could not be sent. */
function sendRefusal(response: Answer, error: unknown): void {
  if (!isBridgeError(error)) {
    response.destroy();
    return;
  }
  const { status, body } = setErrorHead(response.req, response, error);
  refuseWith(response, status, body);
}

/** Sends an error that says nothing about the bridge, so that any window may send it. */
function refuseWith(response: Answer, status: number, body: object): void {
  if (!response.destroyed) send(response, status, JSON_TYPE, `${JSON.stringify(body)}\n`);
}

function send(response: Answer, status: number, type: string, body: string | Buffer): void {
  const { unsent } = response.app.locals;
  // Given a string, Node would keep both the string and its bytes.
  const content = typeof body === "string" && body.length > SMALL_ANSWER ? Buffer.from(body) : body;
  const length = Buffer.byteLength(content);
  unsent?.assertRoomFor(length);
  response.writeHead(status, { "Content-Type": type, "Content-Length": length });
  const end = (): void => {
    response.end(content);
    if (response.writableLength > 0) unsent?.holdUntilSent(response, length);
  };
  // A large one must count as unsent when the next one asks whether there is room.
  if (length > SMALL_ANSWER) commitNow();
  afterCommit(end);
}

/**
 * Sends the error body (docs/wire-contract.md#3-errors). Destroys the connection instead if a response has been
 * started.
 */
export function sendError(request: IncomingMessage, response: Answer, error: BridgeError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, body } = setErrorHead(request, response, error);
  if (refusals.has(error.code)) refuseWith(response, status, body);
  else sendJson(response, status, body);
}

/** Sets the headers of an error, and returns the rest of its response, in the form that clients of the path read. */
function setErrorHead(request: IncomingMessage, response: Answer, error: BridgeError): ErrorHead {
  const { errorForm } = response.app.locals;
  const requestId = response.getHeader("request-id") ?? response.getHeader("X-Request-Id");
  const foreign = errorForm?.(request, error, String(requestId));
  const headers = { ...headersOf(error), ...challengeOf(request, error), ...foreign?.headers };
  for (const [name, value] of Object.entries(headers)) {
    if (!response.hasHeader(name)) response.setHeader(name, value);
  }
  return foreign ?? { status: error.status, body: bodyOf(request, error) };
}

/** Returns the headers of an error. */
export function headersOf(error: BridgeError): Readonly<Record<string, string>> {
  if (error.code === "AUTHENTICATION_FAILED") return { "WWW-Authenticate": "Bearer" };
  return error.code === "RATE_LIMIT_EXCEEDED" ? { "Retry-After": String(error.retryAfterSeconds ?? 1) } : {};
}

/**
 * Names the metadata by which OAuth clients find out where to get a token (RFC 9728 §5.1). The host has passed the guards, or
 * the token would not have been checked.
 */
function challengeOf({ headers }: IncomingMessage, { code }: BridgeError): Readonly<Record<string, string>> {
  if (code !== "AUTHENTICATION_FAILED") return {};
  const address = `http://${headers.host ?? ""}${OAUTH_PATHS.resourceMetadata}`;
  return { "WWW-Authenticate": `Bearer resource_metadata="${address}"` };
}

/**
 * Sends a failed execute also in the fields of the original API (docs/wire-contract.md#7-compatibility), and a failed OAuth
 * request in those of RFC 6749 §5.2.
 */
function bodyOf(request: IncomingMessage, error: BridgeError): object {
  const body = error.toBody();
  const path = pathOf(request);
  if (path.startsWith("/oauth/")) return { ...body, error: oauthErrorOf(error), error_description: error.message };
  if (path !== EXECUTE_PATH) return body;
  return { ...body, success: false, output: "", error: error.message, executionTimeMs: 0 };
}

function oauthErrorOf({ code, context, status }: BridgeError): string {
  const error = context?.["error"];
  if (typeof error === "string") return error;
  if (code === "RATE_LIMIT_EXCEEDED") return "temporarily_unavailable";
  if (code === "ACCESS_DENIED") return "access_denied";
  return status >= 500 ? "server_error" : "invalid_request";
}
