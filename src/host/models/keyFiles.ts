import { hash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { FolderWatch } from "../../core/sharedFolder/folderWatch.ts";
import { codeOf, retryBusyFile } from "../../core/sharedFolder/retryBusyFile.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import type { EngineKeyStore } from "./engineKeys.ts";

const SUFFIX = ".key";
/** In bytes; far above that of any key. */
const MAX_BYTES = 64 * 1024;

/**
 * Keeps keys in files that only this user can read, one for each engine: an editor in a browser keeps secrets in the page, and
 * loses them with it.
 */
export class KeyFiles implements EngineKeyStore, Disposable {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<string>());
  readonly #queue = new SerialQueue();
  /** The digests of the keys that were seen last, by the IDs of their engines. */
  readonly #seen = new Map<string, string>();
  #hasLooked = false;
  #isWatching = false;

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Fires for changes by any window. */
  readonly onDidChange: Event<string> = (listener) => {
    if (!this.#isWatching) void this.#watch();
    this.#isWatching = true;
    return this.#changed.event(listener);
  };

  /** @throws Error if the file cannot be read */
  async read(engineId: string): Promise<string | undefined> {
    const path = this.#pathOf(engineId);
    try {
      if ((await stat(path)).size > MAX_BYTES) throw new Error(`${path} is too large for a key.`);
      return await retryBusyFile.execute(() => readFile(path, "utf8"));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  store(engineId: string, key: string): Promise<void> {
    return this.#queue.run(async () => {
      await prepareFolder(this.#folder);
      await writeSecret(this.#pathOf(engineId), key);
      this.#notice(engineId, key);
    });
  }

  remove(engineId: string): Promise<void> {
    return this.#queue.run(async () => {
      await retryBusyFile.execute(() => rm(this.#pathOf(engineId), { force: true }));
      this.#notice(engineId, undefined);
    });
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #pathOf(engineId: string): string {
    return join(this.#folder, encodeURIComponent(engineId) + SUFFIX);
  }

  async #watch(): Promise<void> {
    // A folder that is not there is polled only.
    await prepareFolder(this.#folder).catch(() => undefined);
    this.#store.add(new FolderWatch(this.#folder, () => this.#queue.run(() => this.#look()), this.#logger));
  }

  /** Finds what other windows have changed. */
  async #look(): Promise<void> {
    const ids = await idsIn(this.#folder);
    const keys = await Promise.all(ids.map(async (id) => [id, await this.read(id)] as const));
    const found = new Map(keys);
    for (const id of new Set([...found.keys(), ...this.#seen.keys()])) {
      if (this.#hasLooked) this.#notice(id, found.get(id));
      else this.#remember(id, found.get(id));
    }
    this.#hasLooked = true;
  }

  #notice(engineId: string, key: string | undefined): void {
    if (this.#remember(engineId, key)) this.#changed.fire(engineId);
  }

  /** @returns true if it is another key than the one seen last */
  #remember(engineId: string, key: string | undefined): boolean {
    const digest = key === undefined ? undefined : hash("sha256", key);
    const isOther = this.#seen.get(engineId) !== digest;
    if (digest === undefined) this.#seen.delete(engineId);
    else this.#seen.set(engineId, digest);
    return isOther;
  }
}

async function idsIn(folder: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
    return names.map((name) => decodeURIComponent(name.slice(0, -SUFFIX.length)));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
