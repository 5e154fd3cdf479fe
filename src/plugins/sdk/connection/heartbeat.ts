import type { WebSocket } from "ws";
import { startDeadline } from "../../../base/deadline.ts";
import type { Disposable } from "../../../base/disposables.ts";

/** Milliseconds between two pings. A connection that has been silent since the last one is closed. */
const PING_MS = 10_000;

/**
 * Closes a connection whose other side does not respond any more: a window that was stopped keeps its connections, while
 * another one takes over its address.
 */
export class Heartbeat implements Disposable {
  readonly #socket: WebSocket;
  #isAlive = true;
  #next: Disposable;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    for (const sign of ["message", "pong"] as const) socket.on(sign, () => (this.#isAlive = true));
    this.#next = startDeadline(PING_MS, () => this.#beat());
  }

  dispose(): void {
    void this.#next.dispose();
  }

  #beat(): void {
    if (!this.#isAlive) return this.#socket.terminate();
    this.#isAlive = false;
    this.#socket.ping();
    this.#next = startDeadline(PING_MS, () => this.#beat());
  }
}
