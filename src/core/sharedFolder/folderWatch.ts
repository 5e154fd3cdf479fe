import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";

/**
 * Polling interval in milliseconds. Watchers lose changes, run out, or do not see changes on network drives, and a
 * crash changes no file.
 */
const LOOK_MS = 5_000;

/**
 * Calls `look` at once, after each change in a folder, and every 5 s in case the watcher misses one. Calls do not
 * overlap; changes during a call trigger another one afterwards.
 */
export class FolderWatch implements Disposable {
  readonly #folder: string;
  readonly #look: () => Promise<void>;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  /** The inode of the watched folder, which may be replaced by another one. */
  #watched: number | undefined;
  #looking: Promise<void> | undefined;
  #isDue = false;
  #isDisposed = false;

  constructor(folder: string, look: () => Promise<void>, logger: Logger) {
    this.#folder = folder;
    this.#look = look;
    this.#logger = logger;
    this.#timer = setInterval(() => this.#lookSoon(), LOOK_MS).unref();
    this.#lookSoon();
  }

  /** Stops watching. Resolves when the current call has ended. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    clearInterval(this.#timer);
    this.#unwatch();
    await this.#looking;
  }

  #lookSoon(): void {
    this.#isDue = true;
    this.#looking ??= this.#lookWhileDue().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookWhileDue(): Promise<void> {
    while (this.#isDue && !this.#isDisposed) {
      this.#isDue = false;
      // Watches first, so that a change during the call is not missed.
      await this.#watch();
      await this.#look().catch((error: unknown) => {
        this.#logger.warn("The discovery folder could not be maintained", { error: messageOf(error) });
      });
    }
  }

  async #watch(): Promise<void> {
    const ino = await stat(this.#folder).then(
      (stats) => stats.ino,
      () => undefined,
    );
    if (ino === this.#watched && this.#watcher !== undefined) return;
    this.#unwatch();
    if (ino === undefined || this.#isDisposed) return;
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => this.#lookSoon());
      this.#watcher.on("error", () => this.#unwatch());
      this.#watched = ino;
    } catch (error) {
      this.#logger.debug("The discovery folder cannot be watched; polling it instead", { error: messageOf(error) });
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }
}
