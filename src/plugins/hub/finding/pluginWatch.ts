import { type FSWatcher, watch } from "node:fs";
import { type Disposable, toDisposable } from "../../../base/disposables.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { Emitter } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { PluginFindings, PluginSearch } from "./pluginSearch.ts";

/** The time in milliseconds in which changes are collected: an editor writes a file in several steps. */
const SETTLE_MS = 200;
/** The interval in milliseconds in which it looks without a reason: watchers miss changes on network drives. */
const LOOK_MS = 5000;

export interface PluginWatchDeps {
  readonly search: Pick<PluginSearch, "find">;
  readonly logger: Logger;
}

/** Searches for plugins again after each change in the folders where some may be. */
export class PluginWatch implements Disposable {
  readonly #deps: PluginWatchDeps;
  readonly #found = new Emitter<PluginFindings>();
  /** Fires after each search. Searches do not overlap. */
  readonly onDidFind = this.#found.event;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #poll: NodeJS.Timeout;
  #settling: Disposable | undefined;
  #searching: Promise<void> | undefined;
  #isDue = false;
  #isDisposed = false;

  constructor(deps: PluginWatchDeps) {
    this.#deps = deps;
    this.#poll = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Searches now: at the start, and when a place was added. */
  look(): void {
    this.#isDue = true;
    this.#searching ??= this.#searchWhileDue().finally(() => {
      this.#searching = undefined;
    });
  }

  /** Resolves when the current search has ended. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    clearInterval(this.#poll);
    void this.#settling?.dispose();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#searching;
    this.#found.dispose();
  }

  async #searchWhileDue(): Promise<void> {
    while (this.#isDue && !this.#isDisposed) {
      this.#isDue = false;
      try {
        const findings = await this.#deps.search.find();
        if (this.#isDisposed) return;
        this.#follow(findings.watched);
        this.#found.fire(findings);
      } catch (error) {
        this.#deps.logger.warn("The folders of plugins could not be read", { error: messageOf(error) });
      }
    }
  }

  /** Watches these folders and no others. */
  #follow(folders: readonly string[]): void {
    const wanted = new Set(folders);
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  /** A folder that does not exist, or cannot be watched, is found by the next look. */
  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookSoon());
      const end = toDisposable(() => {
        watcher.close();
        if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
      });
      watcher.on("error", () => void end.dispose());
      // A folder that was replaced is another one: the watcher of the old one is silent.
      watcher.on("change", (event) => {
        if (event === "rename") void end.dispose();
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // See above.
    }
  }

  #lookSoon(): void {
    this.#settling ??= startDeadline(SETTLE_MS, () => {
      this.#settling = undefined;
      this.look();
    });
  }
}
