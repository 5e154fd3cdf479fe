import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { Clock } from "../../../base/clock.ts";
import { commitNow } from "../../../base/endOfTurn.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import { type Answer, sendText } from "../../../server/http/answers.ts";
import { soleOwner, whenServing } from "../../../server/listen/ownership.ts";

const CLOSED = 499;
/** Time in milliseconds for a client to read what fills its connection, before its stream ends: what follows is kept. */
export const STALLED_MS = 60_000;

/** A request as the MCP library reads it. Its signal is aborted when the client disconnects before it has the response. */
export interface WebRequest {
  readonly web: Request;
  /** The JSON value of its body; undefined without a body. */
  readonly body: unknown;
}

const incoming = new WeakMap<Request, IncomingMessage>();

/** Returns the request that was converted. */
export function incomingOf(web: Request | undefined): IncomingMessage {
  const request = web && incoming.get(web);
  if (request === undefined) throw new Error("An MCP request was handled without its HTTP request.");
  return request;
}

/** Converts a request whose body was read. */
export function toWebRequest(request: IncomingMessage, response: Answer, body: unknown): WebRequest {
  const left = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) left.abort();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string") headers.set(name, value);
  }
  const { method = "GET" } = request;
  const web = new Request(`http://${request.headers.host ?? "localhost"}/mcp`, {
    method,
    headers,
    signal: left.signal,
  });
  incoming.set(web, request);
  return { web, body };
}

/**
 * Sends a response of the MCP library. A stream is sent as it arrives, no faster than the client reads.
 * @throws BridgeError KIRO_UNAVAILABLE if the server was closed, or another window has the address
 */
export async function sendWebResponse(response: Answer, answer: Response, clock: Clock): Promise<void> {
  if (response.destroyed) {
    await answer.body?.cancel();
    return;
  }
  // The library has no response for a request whose server was closed.
  if (answer.status === CLOSED) throw bridgeStopping();
  const type = answer.headers.get("content-type") ?? "";
  for (const [name, value] of answer.headers) {
    if (name !== "content-type" && name !== "content-length" && name !== "connection") response.setHeader(name, value);
  }
  if (answer.body === null) response.writeHead(answer.status).end();
  else if (type.startsWith("text/event-stream")) await sendStream(response, answer.status, answer.body, clock);
  else sendText(response, answer.status, type, await answer.text());
}

async function sendStream(
  response: Answer,
  status: number,
  body: ReadableStream<Uint8Array>,
  clock: Clock,
): Promise<void> {
  const { ownership = soleOwner } = response.app.locals;
  const reader = body.getReader();
  const leave = (): void => void reader.cancel().catch(() => undefined);
  response.once("close", leave);
  try {
    const waiting = whenServing(ownership, response.socket);
    if (waiting !== undefined) await waiting;
    response.writeHead(status, { "Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform" });
    // The first message may be minutes away.
    response.flushHeaders();
    for (let read = await reader.read(); !read.done && !response.destroyed; read = await reader.read()) {
      commitNow();
      if (!response.write(read.value)) await drained(response, clock);
    }
    response.end();
  } catch (error) {
    leave();
    throw error;
  } finally {
    response.off("close", leave);
  }
}

/** Waits until the client has read what was sent, or has left. One that does not read is disconnected. */
async function drained(response: Answer, clock: Clock): Promise<void> {
  const gone = new AbortController();
  const stalled = clock.after(STALLED_MS, () => response.destroy());
  const leave = (): void => gone.abort();
  response.once("close", leave);
  try {
    if (!response.destroyed) await once(response, "drain", { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    void stalled.dispose();
    response.off("close", leave);
  }
}
