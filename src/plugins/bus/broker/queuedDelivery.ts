import type { Message } from "../message.ts";
import type { Packet } from "../packet.ts";
import type { Delivery } from "../participant.ts";
import type { ReplyPort } from "../transport.ts";
import type { Queued } from "./messageQueue.ts";

/** A message that waits for the handler of one subscription. */
export class QueuedDelivery implements Delivery, Queued {
  readonly message: Message;
  readonly bytes: number;
  readonly #expiresAtMs: number;
  readonly #reply: ReplyPort | undefined;
  readonly #ended: () => AbortSignal;
  #signal: AbortSignal | undefined;

  /** @param ended gives the signal that aborts when the subscription ends */
  constructor({ message, bytes, expiresAtMs }: Packet, reply: ReplyPort | undefined, ended: () => AbortSignal) {
    this.message = message;
    this.bytes = bytes;
    this.#expiresAtMs = expiresAtMs;
    this.#reply = reply;
    this.#ended = ended;
  }

  get priority(): number {
    return this.message.priority;
  }

  /** Made when it is asked for: few handlers do. */
  get signal(): AbortSignal {
    this.#signal ??= this.#reply === undefined ? this.#ended() : AbortSignal.any([this.#reply.signal, this.#ended()]);
    return this.#signal;
  }

  get reply(): ReplyPort | undefined {
    return this.#reply;
  }

  /** Monotonic time after which it is dropped. */
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }
}
