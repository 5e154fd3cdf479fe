import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ByteBudget } from "./byteBudget.ts";

/** So much of a message is not counted yet: most are shorter. In bytes. */
const UNCOUNTED = 64 * 1024;

/**
 * Counts what has come of a long message that is not complete yet: `ws` keeps it. All clients together could make it
 * keep a message of each.
 * @param onTooMuch hangs up, or stops reading
 */
export function meterMessages(webSocket: WebSocket, stream: Duplex, incoming: ByteBudget, onTooMuch: () => void): void {
  let received = 0;
  let counted = 0;
  const forget = (): void => {
    received = 0;
    if (counted > 0) incoming.give(counted);
    counted = 0;
  };
  // Before `ws`, which tells of the messages in this chunk while it reads it.
  stream.prependListener("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received - counted <= UNCOUNTED) return;
    if (incoming.tryTake(received - counted)) counted = received;
    else onTooMuch();
  });
  webSocket.on("message", forget);
  webSocket.on("close", forget);
}
