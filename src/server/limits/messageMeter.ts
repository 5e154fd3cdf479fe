import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { BridgeError } from "../../protocol/errors.ts";
import type { IncomingShare } from "./incomingBytes.ts";

/** The bytes of a message that are not counted. Most messages are shorter. */
const UNCOUNTED = 64 * 1024;

/**
 * Counts the received bytes of incomplete messages, which `ws` buffers: many clients could each make it buffer a long
 * one.
 * @param onTooMuch closes the connection, or stops reading
 */
export function meterMessages(
  webSocket: WebSocket,
  stream: Duplex,
  incoming: IncomingShare,
  onTooMuch: (why: BridgeError) => void,
): void {
  let received = 0;
  let counted = 0;
  const forget = (): void => {
    received = 0;
    if (counted > 0) incoming.give(counted);
    counted = 0;
  };
  // Runs before the listener of `ws`, which emits the messages of this chunk.
  stream.prependListener("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received - counted <= UNCOUNTED) return;
    const why = incoming.take(received - counted);
    if (why === undefined) counted = received;
    else onTooMuch(why);
  });
  webSocket.on("message", forget);
  webSocket.on("close", forget);
}
