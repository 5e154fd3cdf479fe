import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import type { Disposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { messageOf } from "../protocol/errors.ts";

/** A system may lose a change, have no watchers left, or know nothing of a network's changes; a process dies without any. */
const LOOK_MS = 5_000;

/**
 * Looks at once, whenever something changes in a folder, and every 5 s in case the system does not tell. One look at a time; what changes
 * meanwhile is looked at afterwards.
 */
export class FolderWatch implements Disposable {
  readonly #folder: string;
  readonly #look: () => Promise<void>;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  /** Of the folder that is watched: another one may come into its place. */
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

  /** Resolves when no look is under way any more. */
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
      // First, so that nothing is missed that changes while it is looked at.
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
