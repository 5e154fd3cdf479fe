import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { DeliveryHealth } from "./deliveryHealth.ts";
import type { PeriodicSend } from "./destination.ts";
import { failureOf, sendWithin } from "./sendWithin.ts";

export interface PeriodicDeliveryOptions {
  readonly name: string;
  readonly periodic: PeriodicSend;
  readonly health: DeliveryHealth;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends what is in no fact at intervals, each of which begins when the last send has ended. */
export class PeriodicDelivery implements Disposable {
  readonly #options: PeriodicDeliveryOptions;
  readonly #ended = new AbortController();
  /** Undefined while it sends. */
  #timer: Disposable | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: PeriodicDeliveryOptions) {
    this.#options = options;
    this.#later();
  }

  /** Sends at once: something has changed that may have been the reason of a failure. */
  wake(): void {
    if (this.#timer === undefined) return;
    void this.#timer.dispose();
    this.#begin();
  }

  /** Sends once more, after what is on its way: nothing follows. Given up by `dispose`. Never rejects. */
  async flush(): Promise<void> {
    if (this.#timer === undefined) await this.#sending;
    this.wake();
    await this.#sending;
  }

  dispose(): void {
    this.#ended.abort(new Error("The exports have ended."));
    void this.#timer?.dispose();
  }

  #later(): void {
    const { clock, periodic } = this.#options;
    this.#timer = clock.after(periodic.intervalMs, () => this.#begin());
  }

  #begin(): void {
    this.#timer = undefined;
    this.#sending = this.#send();
  }

  async #send(): Promise<void> {
    const { clock, health, logger, name, periodic } = this.#options;
    const { signal } = this.#ended;
    try {
      const receipt = await sendWithin((limit) => periodic.send(limit), clock, signal);
      health.succeeded(receipt, 0);
      health.enterPeriodic("ok");
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error, name, logger);
      const { kind } = failure;
      health.enterPeriodic(kind === "gone" ? "paused" : kind === "blocked" ? "blocked" : "retrying");
      health.failed(failure);
    }
    if (!signal.aborted && health.state !== "paused") this.#later();
  }
}
