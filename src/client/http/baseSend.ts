import { onAbort } from "../../base/abort.ts";
import { abortable, startDeadline } from "../../base/deadline.ts";
import { messageOf } from "../../protocol/errors.ts";
import { isKiroBridgeError, KiroBridgeError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { failureOf } from "./failure.ts";
import { readText } from "./readBody.ts";
import { EVENT_STREAM, type Send, type WireRequest } from "./send.ts";
import { SentKeys } from "./sentKeys.ts";
import { withEnd } from "./streamEnd.ts";

export interface BaseSendOptions {
  readonly endpoint: Endpoint;
  /** By default the one of the platform. */
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Sent as User-Agent, except in browsers, where it would need a permission of CORS. */
  readonly name: string | undefined;
}

/** Characters that a header cannot have. */
const UNSENDABLE = /[^\x20-\x7e]/g;
const SENDABLE = /^[\x20-\x7e]*$/;

const NEVER = new AbortController().signal;

/** Returns the sender over fetch: token, JSON, deadline, and every failure as a `KiroBridgeError`. */
export function baseSend(options: BaseSendOptions): Send {
  const keys = new SentKeys();
  return async (request) => {
    if (isPublic(request)) return await sendOnce(request, undefined, options);
    const { endpoint } = options;
    const { signal = NEVER } = request;
    const token = await abortable(endpoint.token(), signal);
    try {
      return await sendNoted(request, token, options, keys);
    } catch (error) {
      if (!isKiroBridgeError(error) || error.code !== "AUTHENTICATION_FAILED") throw error;
      const renewed = await abortable(endpoint.renew(token), signal);
      if (renewed === undefined) throw error;
      return await sendNoted(request, renewed, options, keys);
    }
  };
}

/** Sends a request, and lets the endpoint know who has responded. */
async function sendNoted(
  request: WireRequest,
  token: string | undefined,
  options: BaseSendOptions,
  keys: SentKeys,
): Promise<Response> {
  const { endpoint } = options;
  const claim = keys.claim(request.idempotencyKey, endpoint.url);
  try {
    const response = await sendOnce(request, token, options);
    endpoint.reached(true);
    return response;
  } catch (error) {
    endpoint.reached(isOfBridge(error));
    if (isRefused(error)) claim.withdraw();
    throw error;
  }
}

/** Returns true if it is certain that nothing was run. */
function isRefused(error: unknown): boolean {
  if (isOfBridge(error)) return isKiroBridgeError(error) && error.executionId === undefined && error.status !== 500;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // Of Node, Bun and Deno.
    if ("code" in cause && (cause.code === "ECONNREFUSED" || cause.code === "ConnectionRefused")) return true;
    if (/connection refused/i.test(cause.message)) return true;
  }
  return false;
}

/** Returns true for an error that the bridge itself has sent, and false if it may not be there. */
function isOfBridge(error: unknown): boolean {
  return isKiroBridgeError(error) && error.status !== undefined && error.code !== "INVALID_RESPONSE";
}

/** Requests that need no token do not carry it, because another server may listen where the bridge was. */
function isPublic({ path }: WireRequest): boolean {
  return path === "/health" || path === "/api/kiro/pair" || path.startsWith("/api/kiro/pair/");
}

async function sendOnce(request: WireRequest, token: string | undefined, options: BaseSendOptions): Promise<Response> {
  const controller = new AbortController();
  const { signal, timeoutMs } = request;
  const isStream = request.accept === EVENT_STREAM;
  let isLate = false;
  const late = (): void => {
    isLate = true;
    controller.abort();
  };
  const listening = signal === undefined ? undefined : onAbort(signal, (reason) => controller.abort(reason));
  const deadline = timeoutMs === undefined ? undefined : startDeadline(timeoutMs, late);
  let isOpen = false;
  try {
    const response = await fetchPatiently(request, token, controller.signal, options);
    isOpen = isStream && response.ok && response.body !== null;
    if (isOpen)
      return withEnd(response, (isLost) => {
        void listening?.dispose();
        if (isLost && !controller.signal.aborted) options.endpoint.reached(false);
      });
    const text = await readText(response);
    if (!response.ok) throw failureOf(response, text);
    const { status, headers } = response;
    return new Response(text === "" ? null : text, { status, headers });
  } catch (error) {
    signal?.throwIfAborted();
    if (isLate) throw tooLate(request, timeoutMs, error);
    throw isKiroBridgeError(error) ? error : networkError(error, options.endpoint.url);
  } finally {
    void deadline?.dispose();
    // The signal of a stream ends it later. After a lost stream, the server must prove again that it is the bridge.
    if (!isOpen) void listening?.dispose();
  }
}

/**
 * Fetches; again with the same Idempotency-Key when the platform has given up the wait for a long execution, as Node
 * does after 5 minutes. The bridge runs it once, and the second request waits for the same execution.
 */
async function fetchPatiently(
  request: WireRequest,
  token: string | undefined,
  signal: AbortSignal,
  { endpoint, fetch = globalThis.fetch, name }: BaseSendOptions,
): Promise<Response> {
  const { method, body } = request;
  const init: RequestInit = {
    method,
    headers: headersOf(request, token, name),
    signal,
    redirect: "error",
    ...(body !== undefined && { body: jsonOf(body) }),
  };
  // The endpoint may move in the meantime, and another bridge would run it again.
  const url = endpoint.url + request.path + queryOf(request.query);
  for (;;) {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (request.idempotencyKey === undefined || signal.aborted || !hasGivenUp(error)) throw error;
    }
  }
}

/** @throws KiroBridgeError for a cycle or a BigInt */
function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new KiroBridgeError("VALIDATION_FAILED", `The request is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

function headersOf(request: WireRequest, token: string | undefined, name: string | undefined): Record<string, string> {
  return {
    Accept: request.accept ?? "application/json",
    ...(request.body !== undefined && { "Content-Type": "application/json" }),
    ...(token !== undefined && { Authorization: `Bearer ${sendable("token", token)}` }),
    ...(request.idempotencyKey !== undefined && {
      "Idempotency-Key": sendable("Idempotency-Key", request.idempotencyKey),
    }),
    ...(name !== undefined && !isBrowser() && { "User-Agent": name.replaceAll(UNSENDABLE, "?") }),
    ...request.headers,
  };
}

/** Returns the value. @throws KiroBridgeError without it if no header can have it: fetch would quote it in its error */
function sendable(name: string, value: string): string {
  if (SENDABLE.test(value)) return value;
  const message = `The ${name} has characters that a header cannot have, such as a line break.`;
  throw new KiroBridgeError("CONFIGURATION_ERROR", message);
}

function queryOf(query: WireRequest["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

/** A page, or a worker of one: neither has the `process` of Node, Deno and Bun. */
function isBrowser(): boolean {
  return "document" in globalThis || !("process" in globalThis);
}

/** Returns true if fetch has waited as long as its platform lets it. */
function hasGivenUp(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause !== "object" || cause === null) return false;
  return (
    ("code" in cause && cause.code === "UND_ERR_HEADERS_TIMEOUT") || ("name" in cause && cause.name === "TimeoutError")
  );
}

function tooLate(request: WireRequest, timeoutMs: number | undefined, cause: unknown): KiroBridgeError {
  const message = `${request.method} ${request.path} took longer than ${timeoutMs} ms.`;
  const context = { operation: "response", timeoutMs };
  return new KiroBridgeError("OPERATION_TIMEOUT", message, { recoverable: true, context, cause });
}

function networkError(error: unknown, url: string): KiroBridgeError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const message = `Kiro Bridge at ${url} cannot be reached: ${messageOf(cause)}.`;
  return new KiroBridgeError("NETWORK_ERROR", message, { recoverable: true, cause: error });
}
