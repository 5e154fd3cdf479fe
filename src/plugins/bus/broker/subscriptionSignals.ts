import type { ReplyPort } from "../transport.ts";

/** Requests below this number are not searched for those that have ended. */
const FEW = 100;

/**
 * The signals of the deliveries of one subscription. Not made with `AbortSignal.any`, which keeps something of each request
 * as long as the subscription lives.
 */
export class SubscriptionSignals {
  readonly #requests = new Map<ReplyPort, AbortController>();
  #cleanAt = FEW;
  #messages: AbortController | undefined;
  #hasEnded = false;

  /** Aborts when the subscription ends; all deliveries without a request share it. */
  get ofMessages(): AbortSignal {
    this.#messages ??= new AbortController();
    if (this.#hasEnded) this.#messages.abort();
    return this.#messages.signal;
  }

  /** Aborts when the subscription ends, or the requester no longer waits. */
  ofRequest(reply: ReplyPort): AbortSignal {
    const controller = new AbortController();
    const { signal } = reply;
    if (this.#hasEnded || signal.aborted) {
      controller.abort();
      return controller.signal;
    }
    signal.addEventListener("abort", () => controller.abort(), { once: true });
    if (this.#requests.size >= this.#cleanAt) this.#clean();
    this.#requests.set(reply, controller);
    return controller.signal;
  }

  end(): void {
    this.#hasEnded = true;
    this.#messages?.abort();
    for (const controller of this.#requests.values()) controller.abort();
    this.#requests.clear();
  }

  /** Forgets the requests that have ended. */
  #clean(): void {
    for (const reply of this.#requests.keys()) if (!reply.isOpen) this.#requests.delete(reply);
    this.#cleanAt = Math.max(FEW, this.#requests.size * 2);
  }
}
