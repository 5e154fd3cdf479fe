import { messageOf } from "../../../protocol/errors.ts";
import type { Message } from "../message.ts";
import type { BusSubscription, DeliveryHandler, SubscribeOptions } from "../participant.ts";
import { DELIVERY_WINDOW, type MessageFrame, type SentSubscribeOptions } from "./frames.ts";

/** The outcome of a delivery. */
export interface Outcome {
  readonly delivery: number;
  readonly isDurable: boolean;
  /** Undefined if it was handled. */
  readonly error?: string;
}

export interface RemoteSubscriptionDeps {
  readonly handler: DeliveryHandler;
  readonly onHandled: (outcome: Outcome) => void;
  readonly onUnsubscribe: () => void;
}

interface Arrived {
  readonly delivery: number;
  readonly message: Message;
  readonly controller: AbortController;
}

/** One subscription of a remote participant. Calls its handler for one delivery at a time, in order. */
export class RemoteSubscription implements BusSubscription {
  /** As long as the session, and unique there. */
  readonly number: number;
  readonly pattern: string;
  readonly options: SubscribeOptions;
  readonly #deps: RemoteSubscriptionDeps;
  readonly #queue: Arrived[] = [];
  /** Requests that may be cancelled, by delivery, until they are answered. */
  readonly #requests = new Map<number, Arrived>();
  #running: Arrived | undefined;

  constructor(deps: RemoteSubscriptionDeps, number: number, pattern: string, options: SubscribeOptions) {
    this.#deps = deps;
    this.number = number;
    this.pattern = pattern;
    this.options = options;
  }

  get isDurable(): boolean {
    return this.options.durable !== undefined && this.options.durable !== false;
  }

  /** The options that the bridge applies. */
  get sentOptions(): SentSubscribeOptions {
    const { priority, durable, group, maxQueued } = this.options;
    return { priority, durable, group, maxQueued, window: DELIVERY_WINDOW };
  }

  unsubscribe(): void {
    this.end("The subscription has ended.");
    this.#deps.onUnsubscribe();
  }

  take({ delivery, message }: MessageFrame): void {
    const arrived = { delivery, message, controller: new AbortController() };
    if (message.messageType === "request") this.#requests.set(delivery, arrived);
    this.#queue.push(arrived);
    if (this.#running === undefined) void this.#run();
  }

  cancel(delivery: number): void {
    this.#requests.get(delivery)?.controller.abort(new Error("The requester does not wait any more."));
    this.#requests.delete(delivery);
  }

  answered(correlationId: string): void {
    for (const [delivery, { message }] of this.#requests)
      if (message.correlationId === correlationId) this.#requests.delete(delivery);
  }

  lost(count: number): void {
    this.options.onLost?.(count);
  }

  /** Aborts what is handled and forgets what waits. The session has ended, or the subscription. */
  end(why: string): void {
    this.#queue.length = 0;
    const reason = new Error(why);
    this.#running?.controller.abort(reason);
    for (const { controller } of this.#requests.values()) controller.abort(reason);
    this.#requests.clear();
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#running = next;
      const { delivery, message, controller } = next;
      const { isDurable } = this;
      try {
        if (this.options.filter?.(message) !== false) await this.#deps.handler({ message, signal: controller.signal });
        this.#deps.onHandled({ delivery, isDurable });
      } catch (error) {
        this.#deps.onHandled({ delivery, isDurable, error: messageOf(error) });
      }
    }
    this.#running = undefined;
  }
}
