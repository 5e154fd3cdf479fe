import { BridgeError } from "../../../protocol/errors.ts";
import type { ReplyPort } from "../transport.ts";

/** Requests above this number are checked for those that have ended. */
const MANY = 1000;
const MAX_OPEN = 10_000;

/** The requests that one participant received: only these it can answer. */
export class ReceivedRequests {
  readonly #ports = new Map<string, ReplyPort[]>();

  /** A participant with two subscriptions may receive a request twice. */
  add(correlationId: string, port: ReplyPort): void {
    const ports = this.#ports.get(correlationId);
    if (ports !== undefined) return void ports.push(port);
    this.#makeRoom();
    this.#ports.set(correlationId, [port]);
  }

  /** Finds a request that waits for its response. @throws BridgeError ACCESS_DENIED or CONFLICT */
  find(correlationId: string): ReplyPort {
    const ports = this.#ports.get(correlationId);
    if (ports === undefined) {
      throw new BridgeError("ACCESS_DENIED", "Only a participant that received a request can answer it.");
    }
    const port = ports.find(({ isOpen }) => isOpen);
    if (port !== undefined) return port;
    throw new BridgeError("CONFLICT", "The request has ended: it was answered or cancelled, or its time is over.");
  }

  abandonAll(): void {
    for (const ports of this.#ports.values()) for (const port of ports) port.abandon();
    this.#ports.clear();
  }

  /** Forgets one that has ended, if it is the oldest; the oldest of far too many is abandoned. */
  #makeRoom(): void {
    if (this.#ports.size < MANY) return;
    for (const [correlationId, ports] of this.#ports) {
      const isOpen = ports.some((port) => port.isOpen);
      if (isOpen && this.#ports.size < MAX_OPEN) return;
      this.#ports.delete(correlationId);
      for (const port of ports) port.abandon();
      return;
    }
  }
}
