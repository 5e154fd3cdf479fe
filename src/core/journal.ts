import { rm } from "node:fs/promises";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { within } from "../base/deadline.ts";
import type { Logger } from "../base/logger.ts";
import { messageOf } from "../protocol/errors.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { Versions } from "../protocol/runExport.ts";
import type { EventLog } from "./eventLog.ts";
import type { Execution } from "./execution.ts";
import type { ExecutionLog } from "./executionLog.ts";
import { HEARTBEAT_MS, journalFiles, trimJournal } from "./journalFiles.ts";
import { endLine, eventLine, startLine, windowLine } from "./journalLines.ts";
import { JournalSegment } from "./journalSegment.ts";

export interface JournalOptions {
  readonly folder: string;
  readonly versions: Versions;
  /** False: neither arguments nor parameters, output, results, questions nor answers are written. */
  readonly storesOutput: boolean;
  /** Of all windows' files together. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly logger: Logger;
}

/** How long a line may wait, in milliseconds: what a killed process has not written is lost. */
const FLUSH_MS = 20;
/** How long the last lines may take when the bridge stops, in milliseconds. */
const LAST_FLUSH_MS = 1000;
/** So much is spelled in one go, in characters; then others have their turn. */
const LENGTH_PER_WRITE = 128 * 1024;
/** So much text may wait for a slow disk, in characters. Then events, which the `end` lines do not need, are left out. */
const MAX_WAITING_LENGTH = 32 * 1024 * 1024;
const endings: ReadonlySet<string> = new Set(["command-completed", "command-error", "command-cancelled"]);
const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

type ExecutionEvent = BridgeEvent & { readonly executionId: string };
type Entry =
  | { readonly kind: "start" | "end"; readonly execution: Execution }
  | { readonly kind: "event"; readonly event: ExecutionEvent };

/**
 * Writes down every execution, so that it outlives the window: one line as it begins, one for each step, one as it
 * ends. On the way of a request it costs a push to a list; the lines are made and written a little later, in order.
 * What cannot be written is told to the log and does not disturb the work.
 */
export class Journal implements Disposable {
  readonly folder: string;
  readonly #store = new DisposableStore();
  readonly #executions: ExecutionLog;
  readonly #windowId: string;
  readonly #options: JournalOptions;
  #entries: (Entry | undefined)[] = [];
  /** Where in `#entries` the beginnings are: one that ends at once needs no line for it. */
  #beginnings = new Map<string, number>();
  #waitingLength = 0;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #segment: JournalSegment | undefined;
  #isFailing = false;

  constructor(executions: ExecutionLog, events: EventLog, options: JournalOptions) {
    this.folder = options.folder;
    this.#executions = executions;
    this.#windowId = events.windowId;
    this.#options = options;
    this.#store.defer(() => this.#end());
    const heartbeat = setInterval(() => void this.#inTurn(() => this.#segment?.touch()), HEARTBEAT_MS);
    heartbeat.unref();
    this.#store.defer(() => clearInterval(heartbeat));
    this.#store.add(
      events.onDidAppend((event) => {
        if ("executionId" in event) this.#take(event);
      }),
    );
    void this.#inTurn(() => this.#begin());
  }

  /** Resolves when all that has happened so far is written, or could not be; never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#inTurn(() => this.#write());
  }

  /** Removes the files of all windows; those that live go on in new ones. */
  clear(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write();
      for (const { path } of await journalFiles(this.folder)) await rm(path, { force: true });
      await this.#begin();
    });
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
  }

  #take(event: ExecutionEvent): void {
    const { type, executionId } = event;
    const execution = this.#executions.get(executionId);
    if (execution !== undefined && beginnings.has(type))
      this.#beginnings.set(executionId, this.#add("start", execution));
    const length = "output" in event ? event.output.length : 0;
    if (this.#waitingLength + length <= MAX_WAITING_LENGTH) this.#entries.push({ kind: "event", event });
    this.#waitingLength += length;
    if (execution !== undefined && endings.has(type)) this.#addEnd(execution);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  #add(kind: "start" | "end", execution: Execution): number {
    return this.#entries.push({ kind, execution }) - 1;
  }

  #addEnd(execution: Execution): void {
    const beginning = this.#beginnings.get(execution.id);
    if (beginning !== undefined) this.#entries[beginning] = undefined;
    this.#add("end", execution);
  }

  /** One thing after the other. What fails is told once, and again when it fails after it went well. */
  #inTurn(work: () => Promise<void> | undefined): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      try {
        await work();
        this.#isFailing = false;
      } catch (error) {
        await this.#abandonSegment();
        if (this.#isFailing) return;
        this.#isFailing = true;
        this.#options.logger.warn("The history cannot be written", { error: messageOf(error) });
      }
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    this.#beginnings = new Map();
    this.#waitingLength = 0;
    if (entries.length === 0) return;
    if (this.#segment === undefined || (await this.#segment.isGone())) await this.#begin();
    for (let at = 0; at < entries.length; ) {
      let text = "";
      for (; at < entries.length && text.length < LENGTH_PER_WRITE; at++) text += this.#lineOf(entries[at]);
      await this.#append(text);
    }
  }

  async #append(text: string): Promise<void> {
    const segment = this.#segment;
    await segment?.append(text);
    if (segment !== undefined && segment.size > this.#maxSegmentBytes) await this.#begin();
  }

  #lineOf(entry: Entry | undefined): string {
    if (entry === undefined) return "";
    const { storesOutput } = this.#options;
    if (entry.kind === "event") return eventLine(entry.event, storesOutput);
    const line = entry.kind === "start" ? startLine : endLine;
    return line(entry.execution, storesOutput);
  }

  /** Goes on in a new file, which says who writes and what is under way, and makes room for it. */
  async #begin(): Promise<void> {
    await this.#abandonSegment();
    const { folder, versions, storesOutput } = this.#options;
    const segment = await JournalSegment.create(folder);
    this.#segment = segment;
    const underWay = [...this.#executions.active].map((execution) => startLine(execution, storesOutput));
    await segment.append([windowLine(this.#windowId, versions), ...underWay].join(""));
    await trimJournal(folder, segment.path, this.#options);
  }

  /** A file in which something went wrong may end in the midst of a line: nothing must be written behind it. */
  async #abandonSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.close().catch(() => undefined);
  }

  async #end(): Promise<void> {
    const closed = this.flush().then(() => this.#inTurn(() => this.#abandonSegment()));
    await within(closed, LAST_FLUSH_MS, undefined);
  }

  get #maxSegmentBytes(): number {
    return Math.max(1024 * 1024, this.#options.maxBytes / 10);
  }
}
