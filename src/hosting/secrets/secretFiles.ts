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
import type { NamedSecrets } from "./namedSecrets.ts";

const SUFFIX = ".key";
/** In bytes; far above that of any key or file of one. */
const MAX_BYTES = 64 * 1024;

/**
 * Keeps secrets in files that only this user can read, one for each name: an editor in a browser keeps secrets in the page,
 * and loses them with it.
 */
export class SecretFiles implements NamedSecrets, Disposable {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<string>());
  readonly #queue = new SerialQueue();
  /** The digests of the secrets that were seen last, by name. */
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
  async read(name: string): Promise<string | undefined> {
    const path = this.#pathOf(name);
    try {
      if ((await stat(path)).size > MAX_BYTES) throw new Error(`${path} is too large for a secret.`);
      return await retryBusyFile.execute(() => readFile(path, "utf8"));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  store(name: string, secret: string): Promise<void> {
    return this.#queue.run(async () => {
      await prepareFolder(this.#folder);
      await writeSecret(this.#pathOf(name), secret);
      this.#notice(name, secret);
    });
  }

  remove(name: string): Promise<void> {
    return this.#queue.run(async () => {
      await retryBusyFile.execute(() => rm(this.#pathOf(name), { force: true }));
      this.#notice(name, undefined);
    });
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #pathOf(name: string): string {
    return join(this.#folder, encodeURIComponent(name) + SUFFIX);
  }

  async #watch(): Promise<void> {
    // A folder that is not there is polled only.
    await prepareFolder(this.#folder).catch(() => undefined);
    this.#store.add(new FolderWatch(this.#folder, () => this.#queue.run(() => this.#look()), this.#logger));
  }

  /** Finds what other windows have changed. */
  async #look(): Promise<void> {
    const names = await namesIn(this.#folder);
    const secrets = await Promise.all(names.map(async (name) => [name, await this.read(name)] as const));
    const found = new Map(secrets);
    for (const name of new Set([...found.keys(), ...this.#seen.keys()])) {
      if (this.#hasLooked) this.#notice(name, found.get(name));
      else this.#remember(name, found.get(name));
    }
    this.#hasLooked = true;
  }

  #notice(name: string, secret: string | undefined): void {
    if (this.#remember(name, secret)) this.#changed.fire(name);
  }

  /** @returns true if it is another secret than the one seen last */
  #remember(name: string, secret: string | undefined): boolean {
    const digest = secret === undefined ? undefined : hash("sha256", secret);
    const isOther = this.#seen.get(name) !== digest;
    if (digest === undefined) this.#seen.delete(name);
    else this.#seen.set(name, digest);
    return isOther;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const files = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
    return files.map((name) => decodeURIComponent(name.slice(0, -SUFFIX.length)));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
