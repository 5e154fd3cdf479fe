import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { isEnd } from "../../protocol/events.ts";
import { LineBuffer } from "../../core/sharedFolder/checkedLines.ts";
import type { Fact } from "./fact.ts";
import { OpenRuns } from "./openRuns.ts";
import type { OutboxFolder } from "./outboxFolder.ts";
import type { SegmentedReader } from "./segmentedReader.ts";
import type { Segment } from "./segment.ts";
import { SegmentWriter, type WriteSync } from "./segmentWriter.ts";
import { encodeStored } from "./storedFact.ts";

/** Maximum delay in milliseconds of a fact that is not urgent. */
const FLUSH_MS = 20;
/** Number of facts that are written at once. */
const MAX_BATCH = 64;
/** Delay in milliseconds before a failed write is tried again. */
const RETRY_MS = 1000;
/** Maximum size in bytes of the facts that wait while the disk cannot be written. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Calls a function before any answer of this turn of the event loop goes out. */
export type BeforeAnswers = (store: () => void) => void;

export interface OutboxWriterDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly write: WriteSync;
  readonly segmentBytes: number;
  readonly beforeAnswers?: BeforeAnswers | undefined;
  /** Called when another file is begun. */
  readonly onDidBegin: () => void;
}

interface Waiting {
  readonly fact: Fact;
  readers: readonly SegmentedReader[];
  /** The length of its line in bytes. */
  length: number;
  /** Its line, once it could not be written. */
  line: Uint8Array | undefined;
}

/**
 * Writes the facts of this window: urgent ones before the answers of their turn, all others after 20 ms. While the disk is full
 * they wait in memory; the oldest ones are dropped above 8 MiB, which their readers are told.
 */
export class OutboxWriter implements Disposable {
  readonly #folder: OutboxFolder;
  readonly #deps: OutboxWriterDeps;
  readonly #segments: SegmentWriter;
  readonly #openRuns = new OpenRuns();
  readonly #lines = new LineBuffer();
  /** In the order in which they were added. */
  readonly #waiting = new Set<Waiting>();
  /** Urgent ones. */
  #due: Waiting[] = [];
  #isCommitting = false;
  /** Size in bytes of those that could not be written. */
  #failedBytes = 0;
  /** Runs of which nothing was written yet. */
  readonly #unwritten = new Set<string>();
  #timer: Disposable | undefined;
  #isFailing = false;
  readonly #toAnnounce = new Set<SegmentedReader>();
  #isAnnouncing = false;

  constructor(folder: OutboxFolder, deps: OutboxWriterDeps) {
    this.#folder = folder;
    this.#deps = deps;
    const header = (): string => this.#header();
    this.#segments = new SegmentWriter(folder, { header, write: deps.write, segmentBytes: deps.segmentBytes });
  }

  /** The file that is written, which must not be removed. */
  get segment(): Segment | undefined {
    return this.#segments.segment;
  }

  /**
   * Adds a fact. What only matters until the run has ended is left out if it has ended before it was written.
   * @param isUrgent true to write it, and those of its run before it, before an answer goes out
   */
  add(fact: Fact, readers: readonly SegmentedReader[], isUrgent: boolean): void {
    this.#openRuns.takeFact(fact);
    const id = fact.run?.executionId;
    const waiting: Waiting = { fact, readers, length: 0, line: undefined };
    if (id !== undefined && isEnd(fact.event)) {
      const before = this.#endRun(id);
      const isForgotten = this.#unwritten.delete(id) && readers.length === 0 && before.length === 0;
      if (isForgotten) return;
      if (isUrgent) this.#due.push(...before);
    } else if (id !== undefined && fact.event.type === "command-started") this.#unwritten.add(id);
    this.#waiting.add(waiting);
    if (this.#isFailing) this.#keep();
    else if (isUrgent) this.#commitSoon(waiting);
    else if (this.#waiting.size >= MAX_BATCH) this.flush();
    else this.#timer ??= this.#deps.clock.after(FLUSH_MS, () => this.flush());
  }

  /** Gives what waits for a reader to the one that goes on in its place. */
  replace(reader: SegmentedReader, next: SegmentedReader): void {
    for (const waiting of this.#waiting)
      waiting.readers = waiting.readers.map((other) => (other === reader ? next : other));
  }

  /** Writes what waits. While the disk cannot be written, that is tried again once a second only. */
  flush(): void {
    if (!this.#isFailing) this.#writeAll();
  }

  dispose(): void {
    void this.#timer?.dispose();
    this.#writeAll();
    void this.#timer?.dispose();
    this.#drop(0);
    this.#segments.close();
  }

  #commitSoon(waiting: Waiting): void {
    this.#due.push(waiting);
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    const { beforeAnswers = (store) => store() } = this.#deps;
    beforeAnswers(() => this.#commit());
  }

  /** Writes what is urgent, unless it was written in the meantime. */
  #commit(): void {
    const due = this.#due.filter((waiting) => this.#waiting.has(waiting));
    this.#due = [];
    this.#isCommitting = false;
    for (let at = 0; at < due.length && !this.#isFailing; at += MAX_BATCH) this.#write(due.slice(at, at + MAX_BATCH));
  }

  /** Leaves out what the end of a run makes superfluous. @returns its other facts that wait */
  #endRun(executionId: string): Waiting[] {
    const others: Waiting[] = [];
    for (const waiting of this.#waiting) {
      if (waiting.fact.run?.executionId !== executionId) continue;
      if (isSuperseded(waiting)) this.#waiting.delete(waiting);
      else others.push(waiting);
    }
    return others;
  }

  #writeAll(): void {
    void this.#timer?.dispose();
    this.#timer = undefined;
    while (this.#waiting.size > 0 && this.#write(firstOf(this.#waiting, MAX_BATCH)));
  }

  /** Writes some of the facts that wait. @returns false if they could not be written */
  #write(batch: readonly Waiting[]): boolean {
    const before = this.#segments.segment;
    this.#lines.clear();
    for (const waiting of batch) {
      if (waiting.line === undefined) waiting.length = this.#lines.add({ fact: waiting.fact });
      else this.#lines.addLine(waiting.line);
    }
    try {
      const segment = this.#segments.append(this.#lines.bytes, batch.length);
      this.#tell(segment, batch);
      if (segment !== before) this.#deps.onDidBegin();
    } catch (error) {
      this.#fail(error);
      return false;
    }
    for (const waiting of batch) this.#waiting.delete(waiting);
    if (!this.#isFailing) return true;
    this.#isFailing = false;
    this.#deps.logger.info("The outbox of exports can be written again");
    return true;
  }

  /** Tells the readers of the facts that are now at the end of a file. */
  #tell(segment: Segment, written: readonly Waiting[]): void {
    let number = segment.first + segment.lines;
    let offset = segment.bytes;
    for (const { length } of written) offset -= length;
    number -= written.length;
    for (const { fact, readers, length, line } of written) {
      for (const reader of readers) {
        reader.added(this.#folder, { segment, number, offset, at: fact.at });
        if (reader.shouldAnnounce) this.#toAnnounce.add(reader);
      }
      number += 1;
      offset += length;
      if (line !== undefined) this.#failedBytes -= length;
      if (fact.run !== undefined) this.#unwritten.delete(fact.run.executionId);
    }
    this.#announceSoon();
  }

  /** Nothing that a listener does takes time of the request. */
  #announceSoon(): void {
    if (this.#isAnnouncing || this.#toAnnounce.size === 0) return;
    this.#isAnnouncing = true;
    setImmediate(() => {
      this.#isAnnouncing = false;
      const readers = [...this.#toAnnounce];
      this.#toAnnounce.clear();
      for (const reader of readers) reader.announce();
    });
  }

  #fail(error: unknown): void {
    void this.#timer?.dispose();
    this.#timer = this.#deps.clock.after(RETRY_MS, () => this.#writeAll());
    this.#keep();
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#deps.logger.warn("The outbox of exports could not be written", { error: messageOf(error) });
  }

  /** Serializes what could not be written, and drops the oldest of it above the limit. */
  #keep(): void {
    for (const waiting of this.#waiting) {
      if (waiting.line !== undefined) continue;
      this.#lines.clear();
      waiting.length = this.#lines.add({ fact: waiting.fact });
      waiting.line = Buffer.from(this.#lines.bytes);
      this.#failedBytes += waiting.length;
    }
    this.#drop(MAX_WAITING_BYTES);
  }

  #drop(maxBytes: number): void {
    for (const oldest of this.#waiting) {
      if (this.#failedBytes <= maxBytes) break;
      this.#failedBytes -= oldest.length;
      this.#waiting.delete(oldest);
      for (const reader of oldest.readers) reader.lose(1);
    }
  }

  #header(): string {
    const open = this.#openRuns.all;
    return open.length === 0 ? "" : encodeStored({ open });
  }
}

/** Returns true for a fact that is superfluous when its run has ended. */
function isSuperseded({ readers, line }: Waiting): boolean {
  return line === undefined && readers.every(({ options }) => options.wantsLatestOnly === true);
}

function firstOf<T>(items: Iterable<T>, count: number): readonly T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) === count) break;
  return first;
}
