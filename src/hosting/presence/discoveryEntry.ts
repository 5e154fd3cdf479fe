import type { Disposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { messageOf } from "../../protocol/errors.ts";
import { type BridgeEntry, entryText, FIRST_FILE, isSame } from "../../windows/bridgeEntry.ts";
import { isPublished, publishEntry, sweepEntries, withdrawEntry } from "../../windows/discovery.ts";
import type { Succession } from "./succession.ts";

export interface DiscoveryEntryDeps {
  /** The discovery folder. */
  readonly folder: string;
  /** Returns the present entry; undefined while another window publishes the address. */
  readonly describe: () => BridgeEntry | undefined;
  /** Returns false if another window owns the address of this one, although this one may not know it yet. */
  readonly isCurrent: () => Promise<boolean>;
  readonly succession: Succession;
  /** Called with entries that were removed because their bridges ended without removing them. */
  readonly onLeft: (entries: readonly BridgeEntry[]) => Promise<void>;
  readonly logger: Logger;
}

/** Maintains our entry in the discovery folder: writes changes in order, and removes the entry at the end. */
export class DiscoveryEntry implements Disposable {
  readonly #deps: DiscoveryEntryDeps;
  readonly #queue = new SerialQueue();
  readonly #noteChanged = new Emitter<void>();
  #note: string | undefined;
  /** The entry in the folder. */
  #written: BridgeEntry | undefined;
  #isDisposed = false;

  constructor(deps: DiscoveryEntryDeps) {
    this.#deps = deps;
  }

  /** A note for the user about the last write, if any. */
  get note(): string | undefined {
    return this.#note;
  }

  get onDidChangeNote(): Event<void> {
    return this.#noteChanged.event;
  }

  /**
   * Writes the present entry if it has changed, or removes it. If the folder is not writable, the bridge keeps running:
   * programs that know the address and token can still call it.
   */
  publish(): Promise<void> {
    return this.#enqueue(async () => {
      const entry = this.#deps.describe();
      if (entry === undefined || this.#written === undefined || entryText(entry) !== entryText(this.#written))
        await this.#write(entry);
    });
  }

  /**
   * Maintains the folder: removes entries of dead bridges, and writes ours again if it is missing or `bridge.json` has
   * become free, so that readers of that file find a running window.
   */
  look(): Promise<void> {
    return this.#enqueue(async () => {
      const { folder, describe, succession } = this.#deps;
      await this.#sweep();
      const entry = describe();
      if (entry !== undefined && !(await isPublished(folder, entry, succession.earlier))) await this.#write(entry);
    });
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#queue.run(async () => {
      if (this.#written !== undefined) await withdrawEntry(this.#deps.folder, this.#written);
    });
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      if (!this.#isDisposed) await work();
    });
  }

  async #write(entry: BridgeEntry | undefined): Promise<void> {
    const { folder, succession, isCurrent, logger } = this.#deps;
    const before = this.#written;
    let note: string | undefined;
    try {
      // First, since writing may replace the entry of an owner that has ended.
      await this.#sweep();
      if (entry !== undefined) {
        const path = await publishEntry(folder, entry, succession.earlier, isCurrent);
        // What has changed is published next.
        if (path === undefined) return;
        succession.published(entry.url);
        if (!path.endsWith(FIRST_FILE)) note = `Programs find the address of this window in ${path}.`;
      }
      this.#written = entry;
      if (before !== undefined && (entry === undefined || !isSame(before, entry))) await withdrawEntry(folder, before);
    } catch (error) {
      logger.warn("The discovery file could not be written", { error: messageOf(error) });
      note = `The discovery file could not be written: ${messageOf(error)}`;
    }
    const isChanged = note !== this.#note;
    this.#note = note;
    if (isChanged) this.#noteChanged.fire();
  }

  async #sweep(): Promise<void> {
    const { folder, succession, onLeft } = this.#deps;
    const left = await sweepEntries(folder, false, (entry) => succession.isAwaited(entry));
    if (left.length > 0) await onLeft(left);
  }
}
