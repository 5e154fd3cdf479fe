import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Versions } from "../../protocol/runExport.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import { JournalAllowance } from "./journalAllowance.ts";
import { HEARTBEAT_MS } from "./journalFiles.ts";
import { gapLine, windowLine } from "./journalLines.ts";
import { JournalQueue } from "./journalQueue.ts";
import { type CreateSegment, JournalSegment } from "./journalSegment.ts";
import { JournalSegments } from "./journalSegments.ts";
import { type ExecutionEvent, JournalEncoder } from "./journalEncoder.ts";

export interface JournalOptions {
  readonly folder: string;
  readonly versions: Versions;
  /** False: neither arguments nor parameters, output, results, errors, questions nor answers are written. */
  readonly storesOutput: boolean;
  /** Of all windows' files together; while a file is written, it may be more by that one. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly logger: Logger;
}

export interface JournalDeps {
  readonly executions: Pick<ExecutionLog, "get" | "active">;
  readonly events: Pick<EventLog, "windowId" | "onDidAppend">;
  /** Whether a command exists: the id of one that does not is somebody's text. */
  readonly isKnownCommand: (id: string) => boolean;
  readonly createSegment?: CreateSegment;
}

/**
 * How long a line may wait, in milliseconds: what a killed process has not written is lost. Each writing costs some
 * calls of the system, whose price is shared by all that ran meanwhile.
 */
const FLUSH_MS = 50;
/** How long until a disk that failed is tried again, in milliseconds. */
const RETRY_MS = 1000;
/** How long the last lines may take when the bridge stops, in milliseconds. */
const LAST_FLUSH_MS = 1000;
/** So much is spelled in one go, in characters; then others have their turn. */
const LENGTH_PER_WRITE = 128 * 1024;
/** How much text of one run is kept, in characters, if it is no more than a small part of all. */
export const MAX_RUN_LENGTH = 1024 * 1024;
const RUNS_AT_LEAST = 50;
const endings: ReadonlySet<string> = new Set(["command-completed", "command-error", "command-cancelled"]);
const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

/**
 * Writes down every execution, so that it outlives the window: one line as it begins, one for each step, one as it
 * ends. On the way of a request it costs a push to a list; the lines are made and written a little later, in order.
 * What cannot be written is told to the log, does not disturb the work, and is written when the disk is back.
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
    const { createSegment = JournalSegment.create, isKnownCommand, events } = deps;
    const { folder, storesOutput, maxBytes, maxAgeMs } = options;
    this.folder = folder;
    this.#deps = deps;
    this.#options = options;
    const maxRunLength = Math.min(MAX_RUN_LENGTH, Math.floor(maxBytes / RUNS_AT_LEAST));
    this.#encoder = new JournalEncoder({ storesOutput, maxRunLength, isKnownCommand });
    this.#queue = new JournalQueue(this.#encoder, new JournalAllowance(storesOutput ? maxRunLength : 0));
    const header = (isAlone: boolean): string => this.#header(isAlone);
    this.#segments = new JournalSegments({ folder, maxBytes, maxAgeMs, create: createSegment, header });
    this.#store.defer(() => this.#end());
    const heartbeat = setInterval(() => void this.#inTurn(() => this.#maintain()), HEARTBEAT_MS);
    heartbeat.unref();
    this.#store.defer(() => clearInterval(heartbeat));
    this.#store.add(
      events.onDidAppend((event) => {
        if ("executionId" in event) this.#take(event);
      }),
    );
    void this.#inTurn(() => this.#segments.prepare());
  }

  /** Resolves when all that has happened so far is written, or could not be; never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#inTurn(() => this.#write());
  }

  /**
   * Removes the files of all windows; those that live go on in new ones, and what runs here with all it has said.
   * Rejects when a file cannot be removed.
   */
  async clear(): Promise<void> {
    const error = await this.#inTurn(() => {
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
    if (execution !== undefined && beginnings.has(type)) this.#queue.addStart(execution);
    if (execution !== undefined && endings.has(type)) this.#queue.addEnd(event, execution);
    else this.#queue.addStep(event);
    this.#flushSoon(this.#isFailing ? RETRY_MS : FLUSH_MS);
  }

  #flushSoon(ms: number): void {
    if (!this.#isEnding) this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  /** One thing after the other. @returns what went wrong; it is logged once, and again when it went well in between */
  #inTurn(work: () => Promise<void>): Promise<unknown> {
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

  /** Says who writes, and what is under way. */
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
    const closed = this.flush().then(() => this.#inTurn(() => this.#segments.abandon()));
    await within(closed, LAST_FLUSH_MS, undefined);
    if (!this.#queue.isEmpty) this.#options.logger.warn("The last lines of the history could not be written");
  }
}
