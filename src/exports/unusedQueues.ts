import type { Logger } from "../base/logger.ts";
import { messageOf } from "../protocol/errors.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { OutboxReader } from "./outbox/outboxReader.ts";

export interface UnusedQueuesDeps {
  readonly outbox: Pick<Outbox, "id" | "reader">;
  readonly logger: Logger;
}

/**
 * The queues of destinations that are in the setting and cannot be used: their element has a mistake, or they could not be
 * opened. They stay in the outbox until the destinations can be used again, or are removed.
 */
export class UnusedQueues {
  readonly #deps: UnusedQueuesDeps;
  #names: ReadonlySet<string> = new Set();

  constructor(deps: UnusedQueuesDeps) {
    this.#deps = deps;
  }

  /**
   * Keeps what waits for these destinations, and forgets it for earlier ones that are no longer in the setting.
   * @param used the names of the destinations that have a reader of their own
   * @param ended the names of those that had one until now, which goes on to collect
   */
  async keep(names: ReadonlySet<string>, used: ReadonlySet<string>, ended: ReadonlySet<string>): Promise<void> {
    for (const name of names)
      if (!this.#names.has(name) && !ended.has(name)) await this.#settled(name, this.#hold(name));
    for (const name of this.#names) {
      if (!names.has(name) && !used.has(name)) await this.#settled(name, this.#forget(name));
    }
    this.#names = names;
  }

  /** Takes what windows that have ended have left, and nothing new: what the destination wants is not known. */
  #hold(name: string): Promise<OutboxReader> {
    const { outbox } = this.#deps;
    return outbox.reader(name, { wants: ({ id }) => !id.startsWith(`${outbox.id}-`), level: "none" });
  }

  async #forget(name: string): Promise<void> {
    const reader = await this.#deps.outbox.reader(name, { wants: () => false, level: "none" });
    await reader.remove();
  }

  async #settled(name: string, work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#deps.logger.warn("The queue of a destination of exports failed", { name, error: messageOf(error) });
    }
  }
}
