import type { Message } from "../message.ts";
import type { Packet } from "../packet.ts";
import type { Delivery } from "../participant.ts";
import type { ReplyPort } from "../transport.ts";
import type { Queued } from "./messageQueue.ts";
import type { SubscriptionSignals } from "./subscriptionSignals.ts";

/** A message that waits for the handler of one subscription. */
export class QueuedDelivery implements Delivery, Queued {
  readonly message: Message;
  readonly bytes: number;
  /** Monotonic time after which it is dropped. */
  readonly expiresAtMs: number;
  readonly reply: ReplyPort | undefined;
  readonly #signals: SubscriptionSignals;
  #signal: AbortSignal | undefined;

  constructor({ message, bytes, expiresAtMs }: Packet, reply: ReplyPort | undefined, signals: SubscriptionSignals) {
    this.message = message;
    this.bytes = bytes;
    this.expiresAtMs = expiresAtMs;
    this.reply = reply;
    this.#signals = signals;
  }

  get priority(): number {
    return this.message.priority;
  }

  /** Made when it is asked for: few handlers do. */
  get signal(): AbortSignal {
    this.#signal ??= this.reply === undefined ? this.#signals.ofMessages : this.#signals.ofRequest(this.reply);
    return this.#signal;
  }
}
