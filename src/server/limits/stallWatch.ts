import type { Socket } from "node:net";
import type { Disposable } from "../../base/disposables.ts";

/** How often a connection is looked at until it is hung up on. A host that was held up sees one look, not the time. */
const LOOKS = 6;

interface Look {
  /** Bytes that the system has taken for the client. */
  readonly taken: number;
  readonly count: number;
}

/**
 * Hangs up on clients that take nothing, for a while, of what waits for them, on whatever kind of connection. Who takes a
 * little now and then stays, and so does who has nothing to take.
 */
export class StallWatch implements Disposable {
  readonly #sockets: () => Iterable<Socket>;
  readonly #timer: NodeJS.Timeout;
  #looks = new Map<Socket, Look>();

  /** @param timeoutMs how long a client may take nothing, in milliseconds */
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

/** Node tells how much it was given to write; how much of that is gone only its handle knows. */
function takenOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return 0;
  return Number(Reflect.get(handle, "bytesWritten")) - Number(Reflect.get(handle, "writeQueueSize"));
}
