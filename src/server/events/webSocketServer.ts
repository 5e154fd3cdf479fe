import { WebSocketServer } from "ws";
import { invalid } from "../../protocol/validate.ts";
import { refuse } from "../listen/rawAnswers.ts";

/** How long a client may take to answer a goodbye before it is hung up on, in milliseconds. */
const CLOSE_MS = 5000;
/** RFC 6455 §4.4 wants them said to whoever speaks another version. */
const VERSIONS = { "Sec-WebSocket-Version": "13, 8" };

export interface WebSocketServerOptions {
  /** The longest message of a client, in bytes. */
  readonly maxPayload: number;
  readonly handleProtocols: (offered: ReadonlySet<string>) => string | false;
}

/** Does the handshakes behind the upgrade door. Pings are answered by whoever owns the connection, as far as they are read. */
export function createWebSocketServer(options: WebSocketServerOptions): WebSocketServer {
  const all = {
    ...options,
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    // Not in the types of `ws` yet.
    closeTimeout: CLOSE_MS,
  };
  const server = new WebSocketServer(all);
  server.on("wsClientError", ({ message }, socket) => {
    refuse(socket, invalid("(upgrade)", "http", "a WebSocket handshake", message), 400, VERSIONS);
  });
  return server;
}
