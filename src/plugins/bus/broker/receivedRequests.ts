import { BridgeError } from "../../../protocol/errors.ts";
import type { ReplyPort } from "../transport.ts";

/** Requests below this number are not searched for those that have ended. */
const FEW = 1000;
const MAX_OPEN = 10_000;
/** Answered requests that are remembered, to say that a second answer comes too late. */
const MAX_ANSWERED = 100;

/** The requests that one participant received: only these it can answer. */
export class ReceivedRequests {
  readonly #ports = new Map<string, ReplyPort[]>();
  readonly #answered = new Set<string>();
  #cleanAt = FEW;

  /** A participant with two subscriptions may receive a request twice. */
  add(correlationId: string, port: ReplyPort): void {
    const ports = this.#ports.get(correlationId);
    if (ports !== undefined) return void ports.push(port);
    if (this.#ports.size >= this.#cleanAt) this.#clean();
    this.#ports.set(correlationId, [port]);
  }

  /** Finds a request that waits for its response. @throws BridgeError ACCESS_DENIED or CONFLICT */
  find(correlationId: string): ReplyPort {
    const ports = this.#ports.get(correlationId);
    const port = ports?.find(({ isOpen }) => isOpen);
    if (port !== undefined) return port;
    if (ports === undefined && !this.#answered.has(correlationId)) {
      throw new BridgeError("ACCESS_DENIED", "Only a participant that received a request can answer it.");
    }
    throw new BridgeError("CONFLICT", "The request has ended: it was answered or cancelled, or its time is over.");
  }

  /** Forgets a request that was answered. */
  close(correlationId: string): void {
    this.#ports.delete(correlationId);
    this.#answered.add(correlationId);
    if (this.#answered.size <= MAX_ANSWERED) return;
    for (const oldest of this.#answered) return void this.#answered.delete(oldest);
  }

  abandonAll(): void {
    for (const ports of this.#ports.values()) for (const port of ports) port.abandon();
    this.#ports.clear();
  }

  /** Forgets the requests that have ended. The oldest of far too many is abandoned. */
  #clean(): void {
    for (const [correlationId, ports] of this.#ports) {
      if (!ports.some(({ isOpen }) => isOpen)) this.#ports.delete(correlationId);
    }
    this.#cleanAt = Math.min(MAX_OPEN, Math.max(FEW, this.#ports.size * 2));
    if (this.#ports.size < MAX_OPEN) return;
    for (const [correlationId, ports] of this.#ports) {
      this.#ports.delete(correlationId);
      for (const port of ports) port.abandon();
      return;
    }
  }
}
