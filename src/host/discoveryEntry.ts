import type { Disposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { messageOf } from "../protocol/errors.ts";
import { type BridgeEntry, publishEntry, withdrawEntry } from "../windows/discovery.ts";

/** Our entry in the discovery folder: written when it changes, in order, and removed at the end. */
export class DiscoveryEntry implements Disposable {
  readonly #folder: string;
  readonly #describe: () => BridgeEntry;
  readonly #logger: Logger;
  #last: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(folder: string, describe: () => BridgeEntry, logger: Logger) {
    this.#folder = folder;
    this.#describe = describe;
    this.#logger = logger;
  }

  /**
   * Writes the entry as it is now. A folder that cannot be written does not stop the bridge: programs that know the
   * address and the token can still call it.
   * @returns what a person should know about it, if anything.
   */
  publish(): Promise<string | undefined> {
    this.#last = this.#last.then(() => this.#write());
    return this.#last;
  }

  async dispose(): Promise<void> {
    await this.#last;
    await withdrawEntry(this.#folder, this.#describe());
  }

  async #write(): Promise<string | undefined> {
    try {
      const path = await publishEntry(this.#folder, this.#describe());
      return path.endsWith("bridge.json") ? undefined : `Programs find this window in ${path}.`;
    } catch (error) {
      this.#logger.warn("The discovery file could not be written", { error: messageOf(error) });
      return `The discovery file could not be written: ${messageOf(error)}`;
    }
  }
}
