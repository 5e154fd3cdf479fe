import type { Socket } from "node:net";
import type { Disposable } from "../../base/disposables.ts";

/**
 * Number of checks within the timeout. After a pause of the host, one check runs instead of a whole timeout's worth.
 */
const LOOKS = 6;

interface Look {
  /** Number of bytes that the system has accepted for the client. */
  readonly taken: number;
  readonly count: number;
}

/**
 * Disconnects clients that read nothing of their pending data for a while, on any kind of connection. Clients that read
 * slowly, or have no pending data, stay connected.
 */
export class StallWatch implements Disposable {
  readonly #sockets: () => Iterable<Socket>;
  readonly #timer: NodeJS.Timeout;
  #looks = new Map<Socket, Look>();

  /** @param timeoutMs how long a client may read nothing, in milliseconds */
  constructor(sockets: () => Iterable<Socket>, timeoutMs: number) {
    this.#sockets = sockets;
    this.#timer = setInterval(() => this.#look(), timeoutMs / LOOKS);
    this.#timer.unref();
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const looks = new Map<Socket, Look>();
    for (const socket of this.#sockets()) {
      if (socket.writableLength === 0) continue;
      const last = this.#looks.get(socket);
      const taken = takenOf(socket);
      const count = last?.taken === taken ? last.count + 1 : 0;
      if (count < LOOKS) looks.set(socket, { taken, count });
      else socket.destroy();
    }
    this.#looks = looks;
  }
}

/**
 * Returns the number of bytes that have left the process. Node only reports what was written to a socket; the rest is
 * known to its handle.
 */
function takenOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return 0;
  return Number(Reflect.get(handle, "bytesWritten")) - Number(Reflect.get(handle, "writeQueueSize"));
}
