import type { Disposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { type BridgeEntry, FIRST_FILE } from "../../windows/bridgeEntry.ts";
import { isPublished, publishEntry, sweepEntries, withdrawEntry } from "../../windows/discovery.ts";

/** Our entry in the discovery folder: written when it changes, in order, and removed at the end. After that nothing is written. */
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

  /** What a person should know about the entry as it was written last, if anything. */
  get note(): string | undefined {
    return this.#note;
  }

  get onDidChangeNote(): Event<void> {
    return this.#noteChanged.event;
  }

  /**
   * Writes the entry as it is now. A folder that cannot be written does not stop the bridge: programs that know the
   * address and the token can still call it.
   */
  publish(): Promise<void> {
    if (!this.#isDisposed) this.#last = this.#last.then(() => this.#write());
    return this.#last;
  }

  /**
   * Looks after the folder: takes away what dead bridges have left, and writes the entry again when it is not there or when
   * `bridge.json` has become free, so that whoever reads that file finds a living window.
   * @returns the tokens of bridges that ended without taking their entries away: strangers may have been given them.
   */
  async look(): Promise<string[]> {
    const left = await sweepEntries(this.#folder, false);
    if (!this.#isDisposed && !(await isPublished(this.#folder, this.#describe()))) await this.publish();
    return left.map(({ token }) => token);
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
