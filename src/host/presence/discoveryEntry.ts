import type { Disposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { type BridgeEntry, FIRST_FILE } from "../../windows/bridgeEntry.ts";
import { isPublished, publishEntry, sweepEntries, withdrawEntry } from "../../windows/discovery.ts";

/** Maintains our entry in the discovery folder: writes changes in order, and removes the entry at the end. */
export class DiscoveryEntry implements Disposable {
  readonly #folder: string;
  readonly #describe: () => BridgeEntry;
  readonly #logger: Logger;
  #last: Promise<void> = Promise.resolve();
  readonly #noteChanged = new Emitter<void>();
  #note: string | undefined;
  #isDisposed = false;

  constructor(folder: string, describe: () => BridgeEntry, logger: Logger) {
    this.#folder = folder;
    this.#describe = describe;
    this.#logger = logger;
  }

  /** A note for the user about the last write, if any. */
  get note(): string | undefined {
    return this.#note;
  }

  get onDidChangeNote(): Event<void> {
    return this.#noteChanged.event;
  }

  /**
   * Writes the current entry. If the folder is not writable, the bridge keeps running: programs that know the address
   * and token can still call it.
   */
  publish(): Promise<void> {
    if (!this.#isDisposed) this.#last = this.#last.then(() => this.#write());
    return this.#last;
  }

  /**
   * Maintains the folder: removes entries of dead bridges, and writes ours again if it is missing or `bridge.json` has
   * become free, so that readers of that file find a running window.
   * @returns the tokens of bridges that ended without removing their entries, which other programs may have received
   */
  async look(): Promise<string[]> {
    const left = await sweepEntries(this.#folder, false);
    if (!this.#isDisposed && !(await isPublished(this.#folder, this.#describe()))) await this.publish();
    return left.flatMap(({ token }) => token ?? []);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#last;
    await withdrawEntry(this.#folder, this.#describe());
  }

  async #write(): Promise<void> {
    const before = this.#note;
    try {
      const path = await publishEntry(this.#folder, this.#describe());
      this.#note = path.endsWith(FIRST_FILE) ? undefined : `Programs find the address of this window in ${path}.`;
    } catch (error) {
      this.#logger.warn("The discovery file could not be written", { error: messageOf(error) });
      this.#note = `The discovery file could not be written: ${messageOf(error)}`;
    }
    if (this.#note !== before) this.#noteChanged.fire();
  }
}
