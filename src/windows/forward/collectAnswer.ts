import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../protocol/errors.ts";
import type { WindowAnswer } from "../../server/windows/windows.ts";
import { windowGone } from "./windowGone.ts";

/** Maximum size of a response that is held in memory, in bytes. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface CollectOptions {
  readonly maxBytes?: number | undefined;
  /** Maximum time without any data, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Reads a whole response. @throws BridgeError PAYLOAD_TOO_LARGE, OPERATION_TIMEOUT, KIRO_UNAVAILABLE (`window-gone`) */
export function collectAnswer(
  incoming: IncomingMessage,
  { maxBytes = MAX_ANSWER_BYTES, timeoutMs }: CollectOptions,
): Promise<WindowAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WindowAnswer>();
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => fail(timedOut(timeoutMs)), timeoutMs);
  const fail = (error: BridgeError): void => {
    reject(error);
    incoming.destroy();
  };
  incoming.on("data", (chunk: Buffer) => {
    timer?.refresh();
    length += chunk.length;
    if (length > maxBytes) fail(tooLarge(maxBytes));
    else chunks.push(chunk);
  });
  incoming.once("end", () => {
    const text = Buffer.concat(chunks).toString();
    resolve({ status: incoming.statusCode ?? 0, body: text });
  });
  incoming.once("error", () => undefined);
  incoming.once("close", () => {
    clearTimeout(timer);
    if (!incoming.complete) reject(windowGone());
  });
  return promise;
}

/** The error of a window that responds too late. */
export function timedOut(timeoutMs: number): BridgeError {
  return new BridgeError("OPERATION_TIMEOUT", "The window of this request does not respond in time.", {
    operation: "window",
    timeoutMs,
    elapsedMs: timeoutMs,
  });
}

function tooLarge(maxBytes: number): BridgeError {
  const message = `The response of another window has more than ${maxBytes} bytes.`;
  return new BridgeError("PAYLOAD_TOO_LARGE", message, { maxBytes });
}
