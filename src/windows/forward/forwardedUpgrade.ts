import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { callerOf } from "../../server/guards/principals.ts";
import { refuse } from "../../server/listen/rawAnswers.ts";
import { forwardedHeaders, forwardedPath } from "./forwardedHead.ts";
import { windowGone } from "./windowGone.ts";

/** The client of an upgrade. */
export interface UpgradingClient {
  readonly socket: Duplex;
  /** The data that has arrived after the request. */
  readonly head: Buffer;
}

/** Sends an upgrade over a stream and connects both, so that the other window does the handshake. */
export function forwardUpgrade(request: IncomingMessage, { socket, head }: UpgradingClient, open: () => Duplex): void {
  const stream = open();
  let hasBegun = false;
  stream.once("data", () => {
    hasBegun = true;
  });
  stream.on("error", () => stream.destroy());
  stream.once("close", () => {
    if (hasBegun) socket.destroy();
    else refuse(socket, windowGone());
  });
  socket.once("close", () => stream.destroy());
  stream.write(headOf(request));
  stream.write(head);
  socket.pipe(stream);
  stream.pipe(socket);
}

function headOf(request: IncomingMessage): string {
  const headers = forwardedHeaders(request.headers, callerOf(request, "terminal"));
  const lines = [`GET ${forwardedPath(request)} HTTP/1.1`, "Connection: Upgrade", "Upgrade: websocket"];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
