import type { IncomingMessage } from "node:http";
import { activePrincipalOf } from "../../server/guards/principals.ts";
import type { Answer } from "../../server/http/answers.ts";
import { soleOwner, whenServing } from "../../server/listen/ownership.ts";

/** The headers of a response that belong to one connection, or that this window sets on its own. */
const ownHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "date",
  "x-content-type-options",
  "vary",
]);

/**
 * Sends the response of another window to the client as it arrives. Applies backpressure: reads no more than the client does.
 * Resolves when all was passed on. The connection is destroyed if the window ends before that.
 * @throws BridgeError if the client may no longer receive it, or another window has the address now
 */
export async function passResponse(
  incoming: IncomingMessage,
  request: IncomingMessage,
  response: Answer,
): Promise<void> {
  const { ownership = soleOwner } = response.app.locals;
  try {
    const waiting = whenServing(ownership, response.socket);
    if (waiting !== undefined) await waiting;
    activePrincipalOf(request);
  } catch (error) {
    incoming.destroy();
    throw error;
  }
  if (response.destroyed) incoming.destroy();
  else await pass(incoming, response);
}

function pass(incoming: IncomingMessage, response: Answer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  sendHead(incoming, response);
  incoming.on("data", (chunk: Buffer) => {
    if (!response.write(chunk)) incoming.pause();
  });
  response.on("drain", () => incoming.resume());
  incoming.on("end", () => response.end());
  // Its `close` follows.
  incoming.on("error", () => undefined);
  incoming.on("close", () => {
    if (!incoming.complete) response.destroy();
    resolve();
  });
  return promise;
}

/** Reads the raw headers: Node makes the object of all headers only when it is read, which costs more than the rest. */
function sendHead({ rawHeaders, statusCode = 502 }: IncomingMessage, response: Answer): void {
  let hasLength = false;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    const value = rawHeaders[at + 1] ?? "";
    const key = name.toLowerCase();
    if (key === "content-length") hasLength = true;
    if (key === "set-cookie") response.appendHeader(name, value);
    else if (!ownHeaders.has(key)) response.setHeader(name, value);
    else if (key === "connection" && value === "close") response.setHeader(name, value);
  }
  response.writeHead(statusCode);
  // The events of a stream may be far apart.
  if (!hasLength) response.flushHeaders();
}
