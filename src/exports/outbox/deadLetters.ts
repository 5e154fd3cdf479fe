import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../base/logger.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { prepareFolder, writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import type { Fact } from "./fact.ts";
import { decodeStored, encodeStored } from "./storedFact.ts";

/** `<time>-<size>-<ID of the fact>.json` */
const FILE_NAME = /^(\d{13,16})-(\d+)-([\w-]+)\.json$/;
const MAX_LETTERS = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

/** A fact that a destination has refused, or that could not be delivered in the time that it has. */
export interface DeadLetter {
  readonly fact: Fact;
  /** A sentence for people, without secrets. */
  readonly reason: string;
  /** Milliseconds of the Unix epoch, when it was given up. */
  readonly at: number;
}

export interface DeadLettersOptions {
  /** Of all destinations. */
  readonly folder: string;
  /** Of the destination. */
  readonly name: string;
  readonly logger: Logger;
  readonly maxLetters?: number;
  readonly maxBytes?: number;
}

interface LetterFile {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
  /** Of the fact. */
  readonly id: string;
}

/**
 * The dead letters of one destination: one file for each, so that all windows share them without a lock. The oldest ones are
 * removed above 1,000 letters or 16 MiB, which is logged and counted.
 */
export class DeadLetters {
  readonly #folder: string;
  readonly #options: DeadLettersOptions;
  readonly #work = new SerialQueue();
  #count = 0;
  #dropped = 0;

  private constructor(options: DeadLettersOptions) {
    this.#options = options;
    this.#folder = join(options.folder, options.name);
  }

  static async open(options: DeadLettersOptions): Promise<DeadLetters> {
    const letters = new DeadLetters(options);
    await letters.#files();
    return letters;
  }

  /** Removes those of destinations that are no longer in the settings. */
  static async removeOthers(folder: string, names: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!names.has(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
  }

  /** Number of letters, as far as this window knows. */
  get count(): number {
    return this.#count;
  }

  /** Number of letters that this window has removed because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a letter, which replaces an earlier one of the same fact. Rejects if it cannot be written. */
  add({ fact, reason, at }: DeadLetter): Promise<void> {
    return this.#work.run(async () => {
      const text = encodeStored({ fact, letter: { reason, at } });
      const name = `${String(at).padStart(13, "0")}-${Buffer.byteLength(text)}-${fact.id}.json`;
      await prepareFolder(this.#options.folder);
      await prepareFolder(this.#folder);
      const before = (await this.#files()).filter(({ id }) => id === fact.id);
      await writeSecret(join(this.#folder, name), text);
      for (const { path } of before) if (path !== join(this.#folder, name)) await rm(path, { force: true });
      await this.#trim();
    });
  }

  /** Returns the letters of all windows, oldest first. @param ids of facts; all by default */
  async list(ids?: ReadonlySet<string>): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (const { path, id } of await this.#files()) {
      const letter = ids === undefined || ids.has(id) ? await readLetter(path) : undefined;
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  }

  /** Removes letters that were delivered, or that nobody wants. @param ids of facts; all by default @returns their number */
  remove(ids?: ReadonlySet<string>): Promise<number> {
    return this.#work.run(async () => {
      const files = (await this.#files()).filter(({ id }) => ids === undefined || ids.has(id));
      for (const { path } of files) await rm(path, { force: true });
      this.#count -= files.length;
      return files.length;
    });
  }

  async #trim(): Promise<void> {
    const { maxLetters = MAX_LETTERS, maxBytes = MAX_BYTES, name, logger } = this.#options;
    const files = await this.#files();
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    let dropped = 0;
    for (const { path, bytes } of files) {
      if (files.length - dropped <= maxLetters && total <= maxBytes) break;
      await rm(path, { force: true });
      total -= bytes;
      dropped += 1;
    }
    if (dropped === 0) return;
    this.#count -= dropped;
    this.#dropped += dropped;
    logger.warn("The oldest dead letters of a destination of exports were removed", { name, letters: dropped });
  }

  async #files(): Promise<LetterFile[]> {
    const files: LetterFile[] = [];
    const names: string[] = await readdir(this.#folder).catch(() => []);
    for (const name of names.toSorted()) {
      const [, at, bytes, id] = FILE_NAME.exec(name) ?? [];
      if (id !== undefined) files.push({ path: join(this.#folder, name), at: Number(at), bytes: Number(bytes), id });
    }
    this.#count = files.length;
    return files;
  }
}

/** @returns undefined if it is gone or damaged */
async function readLetter(path: string): Promise<DeadLetter | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const line = bytes === undefined ? undefined : decodeStored(bytes.subarray(0, -1));
  if (line === undefined || !("fact" in line) || line.letter === undefined) return undefined;
  return { fact: line.fact, ...line.letter };
}
