import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { isEnd } from "../../protocol/events.ts";
import type { Fact } from "./fact.ts";
import { OpenRuns } from "./openRuns.ts";
import type { OutboxFolder } from "./outboxFolder.ts";
import type { SegmentedReader } from "./segmentedReader.ts";
import type { Segment } from "./segment.ts";
import { SegmentWriter, type WriteSync } from "./segmentWriter.ts";
import { encodeStored } from "./storedFact.ts";

/** Maximum delay in milliseconds of a fact that is not urgent. */
const FLUSH_MS = 20;
/** Length in characters above which the facts that wait are written at once. */
const FLUSH_LENGTH = 64 * 1024;
/** Delay in milliseconds before a failed write is tried again. */
const RETRY_MS = 1000;
/** Maximum length in characters of the facts that wait while the disk cannot be written. */
const MAX_WAITING_LENGTH = 8 * 1024 * 1024;

export interface OutboxWriterDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly write: WriteSync;
  readonly segmentBytes: number;
  /** Called when another file is begun. */
  readonly onDidBegin: () => void;
}

interface Waiting {
  readonly fact: Fact;
  readonly readers: readonly SegmentedReader[];
  /** Undefined until it is written, for a fact that may become superfluous before. */
  line: string | undefined;
}

/**
 * Writes the facts of this window: those that wait together, after 20 ms, or with the next urgent one. While the disk is
 * full they wait in memory; the oldest ones are dropped above 8 Mi characters, which their readers are told.
 */
export class OutboxWriter implements Disposable {
  readonly #folder: OutboxFolder;
  readonly #deps: OutboxWriterDeps;
  readonly #segments: SegmentWriter;
  readonly #openRuns = new OpenRuns();
  #waiting: Waiting[] = [];
  #length = 0;
  /** Of runs, which only matter if the process ends before them. */
  readonly #beginnings = new Map<string, Waiting>();
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

  add(fact: Fact, readers: readonly SegmentedReader[]): void {
    const { run, event } = fact;
    // The beginning of a run that nobody waits for is superfluous once the run has ended, and then its end may be, too.
    if (run !== undefined && isEnd(event) && this.#withdraw(run.executionId) && readers.length === 0) {
      this.#openRuns.take({ fact });
      return;
    }
    if (readers.length > 0 || run === undefined || isEnd(event)) {
      const line = encodeStored({ fact });
      this.#waiting.push({ fact, readers, line });
      this.#length += line.length;
    } else {
      const waiting = { fact, readers, line: undefined };
      this.#waiting.push(waiting);
      this.#beginnings.set(run.executionId, waiting);
    }
    this.#openRuns.take({ fact });
    if (this.#isFailing) this.#dropAbove(MAX_WAITING_LENGTH);
    else if (this.#length > FLUSH_LENGTH) this.flush();
    else this.#timer ??= this.#deps.clock.after(FLUSH_MS, () => this.flush());
  }

  /** Writes what waits. While the disk cannot be written, that is tried again once a second only. */
  flush(): void {
    if (this.#waiting.length > 0 && !this.#isFailing) this.#write();
  }

  dispose(): void {
    void this.#timer?.dispose();
    if (this.#waiting.length > 0) this.#write();
    void this.#timer?.dispose();
    this.#dropAbove(0);
    this.#segments.close();
  }

  #write(): void {
    void this.#timer?.dispose();
    this.#timer = undefined;
    const before = this.#segments.segment;
    let segment: Segment;
    try {
      segment = this.#segments.append(this.#waiting.map((waiting) => this.#lineOf(waiting)));
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (segment !== before) this.#deps.onDidBegin();
    this.#tell(segment);
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#deps.logger.info("The outbox of exports can be written again");
  }

  /** Tells the readers of the facts that are now at the end of a file. */
  #tell(segment: Segment): void {
    let number = segment.first + segment.lines - this.#waiting.length;
    const lengths = this.#waiting.map(({ line = "" }) => Buffer.byteLength(line));
    let offset = segment.bytes - lengths.reduce((sum, length) => sum + length, 0);
    for (const [at, { fact, readers }] of this.#waiting.entries()) {
      for (const reader of readers) {
        reader.added(this.#folder, { segment, number, offset, at: fact.at });
        this.#toAnnounce.add(reader);
      }
      number += 1;
      offset += lengths[at] ?? 0;
    }
    this.#waiting = [];
    this.#beginnings.clear();
    this.#length = 0;
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
    this.#timer = this.#deps.clock.after(RETRY_MS, () => this.#write());
    this.#dropAbove(MAX_WAITING_LENGTH);
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#deps.logger.warn("The outbox of exports could not be written", { error: messageOf(error) });
  }

  #dropAbove(maxLength: number): void {
    while (this.#length > maxLength) {
      const oldest = this.#waiting.shift();
      if (oldest === undefined) break;
      this.#length -= oldest.line?.length ?? 0;
      for (const reader of oldest.readers) reader.lose(1);
    }
  }

  /** @returns false if it was written, or is wanted */
  #withdraw(executionId: string): boolean {
    const beginning = this.#beginnings.get(executionId);
    if (beginning === undefined) return false;
    this.#beginnings.delete(executionId);
    this.#waiting.splice(this.#waiting.indexOf(beginning), 1);
    return true;
  }

  #lineOf(waiting: Waiting): string {
    if (waiting.line === undefined) {
      waiting.line = encodeStored({ fact: waiting.fact });
      this.#length += waiting.line.length;
    }
    return waiting.line;
  }

  #header(): string {
    const open = this.#openRuns.all;
    return open.length === 0 ? "" : encodeStored({ open });
  }
}
