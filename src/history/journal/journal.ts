import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { isEnd } from "../../protocol/events.ts";
import type { Versions } from "../../protocol/runExport.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import { JournalAllowance } from "./journalAllowance.ts";
import { HEARTBEAT_MS } from "./journalFiles.ts";
import { gapLine, windowLine } from "./journalLines.ts";
import { JournalQueue } from "./journalQueue.ts";
import { type CreateSegment, JournalSegment } from "./journalSegment.ts";
import { JournalSegments } from "./journalSegments.ts";
import { JournalEncoder } from "./journalEncoder.ts";
import type { ExecutionEvent } from "./journalParts.ts";

export interface JournalOptions {
  readonly folder: string;
  readonly versions: Versions;
  /** False to omit arguments, parameters, output, results, errors, questions and answers. */
  readonly storesOutput: boolean;
  /** Maximum size of the files of all windows. May be exceeded by the file being written. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly logger: Logger;
}

export interface JournalDeps {
  readonly executions: Pick<ExecutionLog, "get" | "active">;
  readonly events: Pick<EventLog, "windowId" | "onDidAppend">;
  /** Returns true for existing commands. Other IDs may contain arbitrary text. */
  readonly isKnownCommand: (id: string) => boolean;
  /** Masks lines before they are written. */
  readonly redactor: Redactor;
  readonly createSegment?: CreateSegment;
}

/**
 * Maximum delay of a line in milliseconds; a killed process loses the lines of this period. Batching saves system
 * calls.
 */
const FLUSH_MS = 50;
/** Delay in milliseconds before writing is retried after a disk error. */
const RETRY_MS = 1000;
/** Timeout in milliseconds for the final flush. */
const LAST_FLUSH_MS = 1000;
/** Maximum number of characters serialized without yielding to the event loop. */
const LENGTH_PER_WRITE = 128 * 1024;
/** Maximum length of the stored text of one run, in characters, unless it would be a large part of the journal. */
export const MAX_RUN_LENGTH = 1024 * 1024;
const RUNS_AT_LEAST = 50;
const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

/**
 * Persists every execution: one line for its start, one for each step, and one for its end. A request only appends to a
 * queue; the lines are serialized and written later, in order. Write errors are logged, do not affect the execution,
 * and are retried.
 */
export class Journal implements Disposable {
  readonly folder: string;
  readonly #store = new DisposableStore();
  readonly #deps: JournalDeps;
  readonly #options: JournalOptions;
  readonly #encoder: JournalEncoder;
  readonly #queue: JournalQueue;
  readonly #segments: JournalSegments;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  #isEnding = false;

  constructor(deps: JournalDeps, options: JournalOptions) {
    const { createSegment = JournalSegment.create, isKnownCommand, redactor, events } = deps;
    const { folder, storesOutput, maxBytes, maxAgeMs } = options;
    this.folder = folder;
    this.#deps = deps;
    this.#options = options;
    const maxRunLength = Math.min(MAX_RUN_LENGTH, Math.floor(maxBytes / RUNS_AT_LEAST));
    this.#encoder = new JournalEncoder({ storesOutput, maxRunLength, isKnownCommand, redactor });
    this.#queue = new JournalQueue(this.#encoder, new JournalAllowance(storesOutput ? maxRunLength : 0));
    const header = (isAlone: boolean): string => this.#header(isAlone);
    this.#segments = new JournalSegments({ folder, maxBytes, maxAgeMs, create: createSegment, header });
    this.#store.defer(() => this.#end());
    const heartbeat = setInterval(() => void this.#enqueue(() => this.#maintain()), HEARTBEAT_MS);
    heartbeat.unref();
    this.#store.defer(() => clearInterval(heartbeat));
    this.#store.add(
      events.onDidAppend((event) => {
        if ("executionId" in event && event.windowId === events.windowId) this.#take(event);
      }),
    );
    void this.#enqueue(() => this.#segments.prepare());
  }

  /** Resolves when all lines so far are written or have failed. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#enqueue(() => this.#write());
  }

  /**
   * Removes the files of all windows. Running windows continue in new files, and this one writes its running executions
   * there with their whole output. Rejects if a file cannot be removed.
   */
  async clear(): Promise<void> {
    const error = await this.#enqueue(() => {
      this.#queue.clear();
      return this.#segments.removeAll();
    });
    if (error !== undefined) throw new Error(`The history could not be cleared: ${messageOf(error)}`, { cause: error });
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
  }

  #take(event: ExecutionEvent): void {
    const { type, executionId } = event;
    const execution = this.#deps.executions.get(executionId);
    // The end of one whose window has ended: it is in the file of that window.
    if (execution === undefined) return;
    if (beginnings.has(type)) this.#queue.addStart(execution);
    if (isEnd(event)) this.#queue.addEnd(event, execution);
    else this.#queue.addStep(event);
    this.#flushSoon(this.#isFailing ? RETRY_MS : FLUSH_MS);
  }

  #flushSoon(ms: number): void {
    if (!this.#isEnding) this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  /** Serializes the work. @returns its error, if any, which is logged once until the work succeeds again */
  #enqueue(work: () => Promise<void>): Promise<unknown> {
    const done = this.#writing.then(work).then(
      () => {
        if (this.#segments.isOpen) this.#tellOfFailing(undefined);
      },
      (error: unknown) => {
        this.#tellOfFailing(error);
        if (!this.#queue.isEmpty) this.#flushSoon(RETRY_MS);
        return error;
      },
    );
    this.#writing = done.then(() => undefined);
    return done;
  }

  #tellOfFailing(error: unknown): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { logger } = this.#options;
    if (isFailing) logger.warn("The history could not be written", { error: messageOf(error) });
    else logger.info("The history can be written again");
  }

  async #write(): Promise<void> {
    const length = Math.min(LENGTH_PER_WRITE, this.#segments.maxSegmentBytes / 4);
    while (!this.#queue.isEmpty) {
      await this.#segments.prepare();
      await this.#segments.append(this.#queue.next(length));
      this.#queue.drop();
    }
    const dropped = this.#queue.takeDropped();
    if (dropped === 0) return;
    this.#options.logger.warn("The history has a gap because the disk was unavailable or too slow", { lines: dropped });
    await this.#segments.append(gapLine(dropped));
  }

  async #maintain(): Promise<void> {
    await this.#segments.maintain();
    await this.#write();
  }

  /** Builds the first lines of a file: the window, and its running executions. */
  #header(isAlone: boolean): string {
    const { events, executions } = this.#deps;
    if (isAlone) this.#encoder.forgetWritten();
    const lines = [...executions.active].map((execution) =>
      isAlone ? this.#encoder.fullStart(execution) : this.#encoder.shortStart(execution),
    );
    return [windowLine(events.windowId, this.#options.versions), ...lines].join("");
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    const closed = this.flush().then(() => this.#enqueue(() => this.#segments.abandon()));
    await within(closed, LAST_FLUSH_MS, undefined);
    if (!this.#queue.isEmpty) this.#options.logger.warn("The last lines of the history could not be written");
  }
}
