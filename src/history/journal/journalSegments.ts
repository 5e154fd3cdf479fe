import { rm } from "node:fs/promises";
import { journalFiles, type JournalLimits, trimJournal } from "./journalFiles.ts";
import type { CreateSegment, Segment } from "./journalSegment.ts";

/**
 * Number of files in a full journal. Files are removed as a whole: the more there are, the closer the journal stays to
 * its limits.
 */
const FILES = 10;
const MIN_SEGMENT_BYTES = 128 * 1024;
/**
 * Number of files in the retention period: the next file is started when the current one covers this fraction of it.
 */
const AGES = 30;

export interface JournalSegmentsOptions extends JournalLimits {
  readonly folder: string;
  readonly create: CreateSegment;
  /** Returns the first lines of a new file. @param isAlone true if the previous files may be gone */
  readonly header: (isAlone: boolean) => string;
}

/**
 * The files that one window writes, one after another. A new file is started when the current one is large or old, was
 * removed, or could not be written. Enforces the limits of the journal of all windows when a file is started, and in
 * regular maintenance.
 */
export class JournalSegments {
  readonly #options: JournalSegmentsOptions;
  #segment: Segment | undefined;
  #headerBytes = 0;

  constructor(options: JournalSegmentsOptions) {
    this.#options = options;
  }

  /** Maximum size of a file in bytes, a fraction of the journal, because a file is removed as a whole. */
  get maxSegmentBytes(): number {
    return Math.max(MIN_SEGMENT_BYTES, this.#options.maxBytes / FILES);
  }

  /** True if the last attempt to write succeeded. */
  get isOpen(): boolean {
    return this.#segment !== undefined;
  }

  /** Opens a file if necessary. Call it before serializing lines that refer to earlier ones. */
  prepare(): Promise<void> {
    return this.#orAbandon(async () => {
      if (this.#segment === undefined) await this.#begin(false);
      else if (await this.#segment.isGone()) await this.#begin(true);
    });
  }

  /** Appends lines. Rejects if they could not be written; the next ones go to a new file. */
  append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    return this.#orAbandon(async () => {
      const segment = this.#segment;
      const hasRoom = segment !== undefined && this.#hasRoom(segment, bytes.length);
      await (hasRoom ? segment : await this.#begin(false)).append(bytes);
    });
  }

  /** Runs regular maintenance: touches the file, and removes expired and surplus files. */
  maintain(): Promise<void> {
    return this.#orAbandon(async () => {
      await this.#segment?.touch();
      if (this.#segment !== undefined && this.#isOld(this.#segment)) await this.#begin(false);
      else await this.#trim();
    });
  }

  /** Removes the files of all windows. Running windows continue in new files. */
  removeAll(): Promise<void> {
    return this.#orAbandon(async () => {
      for (const { path } of await journalFiles(this.#options.folder)) await rm(path, { force: true });
      await this.#begin(true);
    });
  }

  /** Abandons a file after an error: it may end with a truncated line, after which nothing must be written. */
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
      // On a full disk, empty files can still be created: each attempt would leave one.
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
