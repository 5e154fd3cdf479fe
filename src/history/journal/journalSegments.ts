import { rm } from "node:fs/promises";
import { journalFiles, type JournalLimits, trimJournal } from "./journalFiles.ts";
import type { CreateSegment, Segment } from "./journalSegment.ts";

/** The journal is removed file by file: the more there are, the closer it keeps to its limits. */
const FILES = 10;
const MIN_SEGMENT_BYTES = 128 * 1024;
/** Another file is begun when the present one has lines of so long a time: a part of the age at which it is removed. */
const AGES = 30;

export interface JournalSegmentsOptions extends JournalLimits {
  readonly folder: string;
  readonly create: CreateSegment;
  /** What a new file begins with. @param isAlone the files before it may be gone */
  readonly header: (isAlone: boolean) => string;
}

/**
 * The files that one window writes, one after the other: a new one when the present one is large or old, when somebody
 * has removed it, or when something went wrong with it. Keeps the journal of all windows within its limits: when a file
 * is begun, and each time that it is maintained.
 */
export class JournalSegments {
  readonly #options: JournalSegmentsOptions;
  #segment: Segment | undefined;
  #headerBytes = 0;

  constructor(options: JournalSegmentsOptions) {
    this.#options = options;
  }

  /** A large file is removed with all that is in it, so it is not larger than a part of the whole. In bytes. */
  get maxSegmentBytes(): number {
    return Math.max(MIN_SEGMENT_BYTES, this.#options.maxBytes / FILES);
  }

  /** Whether the last that was tried went well. */
  get isOpen(): boolean {
    return this.#segment !== undefined;
  }

  /** Makes sure that there is a file to write to; called before lines are made that refer to earlier ones. */
  prepare(): Promise<void> {
    return this.#orAbandon(async () => {
      if (this.#segment === undefined) await this.#begin(false);
      else if (await this.#segment.isGone()) await this.#begin(true);
    });
  }

  /** Writes lines to the end. Rejects when they are not written; the next ones go to a new file. */
  append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    return this.#orAbandon(async () => {
      const segment = this.#segment;
      const hasRoom = segment !== undefined && this.#hasRoom(segment, bytes.length);
      await (hasRoom ? segment : await this.#begin(false)).append(bytes);
    });
  }

  /** Called from time to time: shows that the writer lives, and removes what is too old or too much. */
  maintain(): Promise<void> {
    return this.#orAbandon(async () => {
      await this.#segment?.touch();
      if (this.#segment !== undefined && this.#isOld(this.#segment)) await this.#begin(false);
      else await this.#trim();
    });
  }

  /** Removes the files of all windows; those that live go on in new ones. */
  removeAll(): Promise<void> {
    return this.#orAbandon(async () => {
      for (const { path } of await journalFiles(this.#options.folder)) await rm(path, { force: true });
      await this.#begin(true);
    });
  }

  /** A file in which something went wrong may end in the midst of a line: nothing must be written behind it. */
  async abandon(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.close().catch(() => undefined);
  }

  async #orAbandon(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failed = this.#segment;
      await this.abandon();
      // A full disk still makes empty files: one for each attempt would be left.
      if (failed !== undefined && !this.#isUsed(failed)) await rm(failed.path, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async #begin(isAlone: boolean): Promise<Segment> {
    await this.abandon();
    const segment = await this.#options.create(this.#options.folder);
    this.#segment = segment;
    const header = Buffer.from(this.#options.header(isAlone));
    await segment.append(header);
    this.#headerBytes = header.length;
    await this.#trim();
    return segment;
  }

  #hasRoom(segment: Segment, bytes: number): boolean {
    return !this.#isUsed(segment) || segment.size + bytes <= this.maxSegmentBytes;
  }

  #isUsed(segment: Segment): boolean {
    return segment.size > this.#headerBytes;
  }

  #isOld(segment: Segment): boolean {
    return this.#isUsed(segment) && Date.now() - segment.startedAt > this.#options.maxAgeMs / AGES;
  }

  #trim(): Promise<void> {
    return trimJournal(this.#options.folder, this.#segment?.path, this.#options);
  }
}
