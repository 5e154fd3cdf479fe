import { join } from "node:path";
import { type Clock, systemClock } from "../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { FileClaim } from "../../core/sharedFolder/fileClaim.ts";
import { withFolderLock } from "../../core/sharedFolder/folderLock.ts";
import { prepareFolder } from "../../core/sharedFolder/secretFolder.ts";
import { messageOf } from "../../protocol/errors.ts";
import { Adoption } from "./adoption.ts";
import type { Offer } from "./fact.ts";
import { claimPath, OutboxFolder, type StoredCursor } from "./outboxFolder.ts";
import type { OutboxReader, ReaderOptions } from "./outboxReader.ts";
import { type BeforeAnswers, OutboxWriter } from "./outboxWriter.ts";
import { type ReaderWishes, wishesOf } from "./readerWishes.ts";
import { SegmentedReader } from "./segmentedReader.ts";
import { SEGMENT_BYTES, type WriteSync, writeToFile } from "./segmentWriter.ts";

/** Delay in milliseconds between an acknowledgement and its place on the disk. */
const CURSOR_MS = 500;
/** Interval in milliseconds in which outboxes of dead windows are looked for. */
const LOOK_MS = 30_000;
const TOTAL_BYTES = 64 * 1024 * 1024;

export interface OutboxOptions {
  /** Of all windows of the user. Created if it does not exist. */
  readonly folder: string;
  readonly windowId: string;
  /** Identifies this run of the bridge. */
  readonly epoch: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Injectable for tests of a full disk. */
  readonly write?: WriteSync;
  /** Default: at once. */
  readonly beforeAnswers?: BeforeAnswers | undefined;
  readonly segmentBytes?: number;
  /** Called when another window has taken this one for dead. What is offered from then on may be lost: open another one. */
  readonly onDidLose?: (() => void) | undefined;
  /** Of all outboxes of all windows. */
  readonly totalBytes?: number;
}

/** Creates the outbox of this window. @throws Error if its folder cannot be created */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { folder, windowId, epoch } = options;
  const name = `${windowId}-${epoch}`.replace(/[^A-Za-z0-9_-]/g, "_");
  await prepareFolder(folder);
  const own = await withFolderLock(folder, async () => {
    const path = join(folder, name);
    await prepareFolder(path);
    const claim = await FileClaim.take(claimPath(path));
    if (claim === undefined) throw new Error(`Another process writes the outbox ${name}.`);
    return new OutboxFolder(path, claim);
  });
  return new Outbox(own, options);
}

/**
 * The facts of this window on their way to the destinations, on the disk. One file for all destinations, each of which has
 * its own position in it (docs/decisions/exports.md).
 */
export class Outbox implements Disposable {
  /** Begins the ID of each fact of this window. */
  readonly id: string;
  readonly #own: OutboxFolder;
  readonly #options: OutboxOptions;
  readonly #store = new DisposableStore();
  readonly #writer: OutboxWriter;
  readonly #adoption: Adoption;
  readonly #readers = new Map<string, SegmentedReader>();
  /** Outboxes on the disk: cursors, removal of files, adoption. */
  readonly #work = new SerialQueue();
  readonly #clock: Clock;
  #wishes = wishesOf([]);
  #saving: Disposable | undefined;
  #isEnding = false;

  constructor(own: OutboxFolder, options: OutboxOptions) {
    const { logger, clock = systemClock, write = writeToFile, segmentBytes = SEGMENT_BYTES, beforeAnswers } = options;
    this.id = own.name;
    this.#own = own;
    this.#options = options;
    this.#clock = clock;
    this.#writer = new OutboxWriter(own, {
      logger,
      clock,
      write,
      segmentBytes,
      beforeAnswers,
      onDidBegin: () => this.#trimSoon(),
    });
    const readers = this.#readers;
    this.#adoption = new Adoption({
      root: options.folder,
      own,
      logger,
      write,
      segmentBytes,
      readers,
      onDidLose: options.onDidLose,
    });
  }

  /** The wishes of all its readers. */
  get wishes(): ReaderWishes {
    return this.#wishes;
  }

  /**
   * Returns the reader of a destination. It goes on where one of the same name has ended, also in the outboxes of dead
   * windows; otherwise it begins with the next fact. Dispose the one before it first.
   */
  async reader(name: string, options: ReaderOptions): Promise<OutboxReader> {
    const reader = new SegmentedReader(name, options, {
      onDidAck: () => this.#saveSoon(),
      end: (isRemoved) => this.#end(reader, isRemoved),
      onError: (error) =>
        this.#options.logger.error("A destination of exports failed", { name, error: messageOf(error) }),
    });
    await this.#work.run(async () => {
      this.#writer.flush();
      const known = await this.#own.readCursor(name);
      if (known === undefined) reader.follow(this.#own);
      else reader.resume(this.#own, known);
      const before = this.#readers.get(name);
      this.#readers.set(name, reader);
      this.#updateWishes();
      // What was offered in the meantime was for the one before. It still waits if the disk is full.
      this.#writer.flush();
      if (before !== undefined) this.#writer.replace(before, reader);
      try {
        await this.#resume(reader, known);
      } catch (error) {
        this.#readers.delete(name);
        this.#updateWishes();
        throw error;
      }
    });
    return reader;
  }

  /** Lets a reader go on where the one before it has ended. */
  async #resume(reader: SegmentedReader, known: StoredCursor | undefined): Promise<void> {
    const { name } = reader;
    const end = this.#own.next;
    await this.#own.writeCursor(name, known ?? { mark: end - 1, done: [], dropped: 0 });
    if (known !== undefined) await this.#recount(reader, this.#own, end);
    for (const folder of this.#adoption.folders) {
      const cursor = await folder.readCursor(name);
      if (cursor === undefined) continue;
      reader.resume(folder, cursor);
      await this.#recount(reader, folder);
    }
  }

  /**
   * Adopts the outboxes of dead windows for the readers that there are, now and then again. Positions of other destinations
   * are removed there.
   */
  async adopt(): Promise<void> {
    await this.#look();
    this.#lookLater();
  }

  /** Stores a fact if a reader wants it, or if it is needed. Never throws. */
  offer({ fact, seal, isNeeded, isUrgent }: Offer): void {
    const readers: SegmentedReader[] = [];
    for (const reader of this.#readers.values()) if (reader.wants(fact)) readers.push(reader);
    if (readers.length === 0 && !isNeeded) return;
    this.#writer.add(seal(fact, this.#wishes.level), readers, isUrgent);
  }

  /** Writes what waits in memory. */
  flush(): void {
    this.#writer.flush();
  }

  /** Writes all positions. What was not delivered stays on the disk, for the next window that starts. */
  async dispose(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#writer.dispose();
    await this.#store.dispose();
    void this.#saving?.dispose();
    await this.#work.run(async () => {
      await this.#trySave();
      this.#readers.clear();
      await this.#adoption.release();
    });
  }

  /** Ends a reader. Until there is another of its name, its facts are stored, and wait. */
  async #end(reader: SegmentedReader, isRemoved: boolean): Promise<void> {
    if (this.#readers.get(reader.name) !== reader || this.#isEnding) return;
    await this.#work.run(async () => {
      if (!isRemoved) return await this.#trySave();
      this.#readers.delete(reader.name);
      this.#updateWishes();
      for (const folder of this.#folders) await folder.removeCursor(reader.name);
    });
  }

  #updateWishes(): void {
    this.#wishes = wishesOf([...this.#readers.values()].map(({ options }) => options));
  }

  /** Counts the earlier lines for one reader. @param end the number of the first line that it was told of */
  async #recount(reader: SegmentedReader, folder: OutboxFolder, end = folder.next): Promise<void> {
    for await (const line of folder.scan()) if (line.number < end) reader.count(folder, line);
    reader.counted(folder);
  }

  get #folders(): readonly OutboxFolder[] {
    return [this.#own, ...this.#adoption.folders];
  }

  #saveSoon(): void {
    if (this.#isEnding) return;
    this.#saving ??= this.#clock.after(CURSOR_MS, () => {
      this.#saving = undefined;
      void this.#work.run(() => this.#trySave());
    });
  }

  async #trySave(): Promise<void> {
    try {
      await this.#save();
    } catch (error) {
      this.#options.logger.warn("The positions of exports could not be written", { error: messageOf(error) });
    }
  }

  /** Writes the positions that have moved, then removes the files that every reader has done. */
  async #save(): Promise<void> {
    for (const folder of this.#folders) {
      for (const reader of this.#readers.values()) {
        const cursor = reader.positionIn(folder)?.cursor();
        if (cursor !== undefined) await folder.writeCursor(reader.name, cursor);
      }
      await this.#removeDone(folder);
    }
  }

  async #removeDone(folder: OutboxFolder): Promise<void> {
    const marks = [...this.#readers.values()]
      .map((reader) => reader.positionIn(folder)?.mark)
      .filter((n) => n !== undefined);
    const mark = Math.min(...marks, folder.next - 1);
    for (const segment of folder.segments) {
      if (segment === this.#writer.segment || segment.first + segment.lines - 1 > mark) break;
      await folder.removeSegment(segment);
    }
    if (folder === this.#own || folder.segments.length > 0) return;
    for (const reader of this.#readers.values()) reader.leave(folder);
    await this.#adoption.remove(folder);
  }

  async #look(): Promise<void> {
    await this.#run("The outboxes of other windows could not be read", async () => {
      await this.#own.claim.touch();
      await this.#adoption.look();
      await this.#trim();
      await this.#save();
    });
  }

  #lookLater(): void {
    if (this.#isEnding) return;
    this.#store.add(this.#clock.after(LOOK_MS, () => void this.#look().then(() => this.#lookLater())));
  }

  #trimSoon(): void {
    void this.#run("The outbox could not be trimmed", () => this.#trim());
  }

  /** Removes the oldest files of this window above the limit of all windows, and tells the readers what they lose. */
  async #trim(): Promise<void> {
    const { totalBytes = TOTAL_BYTES, logger } = this.#options;
    let total = await this.#adoption.totalBytes();
    for (const folder of [...this.#adoption.folders, this.#own]) {
      for (const segment of folder.segments) {
        if (total <= totalBytes || segment === this.#writer.segment) break;
        let lost = 0;
        for (const reader of this.#readers.values()) lost += reader.drop(folder, segment);
        total -= segment.bytes;
        await folder.removeSegment(segment);
        if (lost > 0)
          logger.warn("Facts for destinations of exports were dropped: the outbox is full", { facts: lost });
      }
    }
  }

  #run(failure: string, work: () => Promise<void>): Promise<void> {
    return this.#work.run(work).catch((error: unknown) => {
      this.#options.logger.warn(failure, { error: messageOf(error) });
    });
  }
}
