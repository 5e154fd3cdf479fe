import type { WebSocket } from "ws";
import { within } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import { CLOSE_HANDSHAKE_MS } from "./closeReason.ts";
import type { SocketConnection } from "./socketConnection.ts";

/** The open connections of a WebSocket endpoint: finds those that are dead, and closes all of them in the end. */
export class OpenConnections implements Disposable {
  readonly #connections = new Map<SocketConnection, Promise<void>>();
  readonly #heartbeat: NodeJS.Timeout;

  /** @param pingMs interval of the heartbeat in milliseconds; clients without a sign of life in between are dropped */
  constructor(pingMs: number) {
    this.#heartbeat = setInterval(() => this.#ping(), pingMs);
    this.#heartbeat.unref();
  }

  /** @param onClosed is called once, when the connection has ended */
  add(connection: SocketConnection, webSocket: WebSocket, onClosed: () => void): void {
    const closed = Promise.withResolvers<void>();
    this.#connections.set(connection, closed.promise);
    webSocket.once("close", () => {
      this.#connections.delete(connection);
      onClosed();
      closed.resolve();
    });
  }

  /** Closes all connections (1001) after their pending replies, and destroys those that do not respond; within 1 s. */
  async dispose(): Promise<void> {
    clearInterval(this.#heartbeat);
    const answers = [...this.#connections.keys()].map((connection) => connection.whenAnswered());
    await within(Promise.all(answers), CLOSE_HANDSHAKE_MS, undefined);
    const reason = bridgeStopping();
    for (const connection of this.#connections.keys()) connection.close(reason);
    await within(Promise.all(this.#connections.values()), CLOSE_HANDSHAKE_MS, undefined);
    for (const connection of this.#connections.keys()) connection.dispose();
    await Promise.all(this.#connections.values());
  }

  #ping(): void {
    for (const connection of this.#connections.keys()) connection.ping();
  }
}
