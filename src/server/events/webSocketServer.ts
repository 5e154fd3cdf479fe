import { WebSocketServer } from "ws";
import { invalid } from "../../protocol/validate.ts";
import { refuse } from "../listen/rawAnswers.ts";

/** Timeout for closing handshakes, in milliseconds. */
const CLOSE_MS = 5000;
/** The supported versions, which RFC 6455 §4.4 requires in the response to other versions. */
const VERSIONS = { "Sec-WebSocket-Version": "13, 8" };

export interface WebSocketServerOptions {
  /** Maximum size of a client message in bytes. */
  readonly maxPayload: number;
  readonly handleProtocols: (offered: ReadonlySet<string>) => string | false;
}

/**
 * Creates the server for handshakes, which is called by the upgrade handler. The owner of a connection answers its
 * pings, so that unread pongs do not accumulate.
 */
export function createWebSocketServer(options: WebSocketServerOptions): WebSocketServer {
  const all = {
    ...options,
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    // Missing in the types of `ws`.
    closeTimeout: CLOSE_MS,
  };
  const server = new WebSocketServer(all);
  server.on("wsClientError", ({ message }, socket) => {
    refuse(socket, invalid("(upgrade)", "http", "a WebSocket handshake", message), 400, VERSIONS);
  });
  return server;
}
