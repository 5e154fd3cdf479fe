import { open } from "node:fs/promises";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";
import { type JournalFile, journalFiles, livingPids } from "./journalFiles.ts";
import { type LineHead, MAX_HEAD_BYTES, readHead } from "./journalLines.ts";
import { type LinePlace, scanLines } from "./lineScan.ts";
import { compareNewestFirst, orderOf, type RunOrder } from "../../core/executions/runOrder.ts";

/** Maximum number of indexed executions, the newest; each takes 200 to 400 bytes of memory. */
const MAX_RUNS = 100_000;
/** Maximum number of executions of which only steps are known. */
const MAX_FIRST_STEPS = 10_000;

export interface FilePlace extends LinePlace {
  readonly file: JournalFile;
}

/** The location of an execution in the journal. */
export interface IndexedRun {
  readonly id: string;
  readonly order: RunOrder;
  /** See `principalKey`. Undefined for the owner, and for executions of earlier versions. */
  readonly principalKey: string | undefined;
  /** Its first line that still exists; `last` is its last line. */
  first: FilePlace;
  last: FilePlace;
  /** Its most detailed start line. */
  start: FilePlace | undefined;
  /** The line with its current status: its end line, or else its latest start line. */
  latest: FilePlace;
  status: ExecutionStatus | undefined;
  hasEnded: boolean;
}

interface ScannedFile {
  file: JournalFile;
  /** Offset up to which the file was read. */
  position: number;
}

/**
 * Indexes the executions in the files of all windows. Files are append-only: each is read once, newest first, and later
 * only what was appended. When the index is full, older executions are ignored.
 */
export class JournalIndex {
  readonly #folder: string;
  readonly #maxRuns: number;
  readonly #runs = new Map<string, IndexedRun>();
  readonly #files = new Map<string, ScannedFile>();
  /** Steps of executions without any other line so far. */
  readonly #firstSteps = new Map<string, FilePlace>();
  #newestFirst: readonly IndexedRun[] = [];
  /** Executions that are not merged into `#newestFirst` yet. */
  #added: IndexedRun[] = [];
  /** The oldest execution in a full index. */
  #oldest: RunOrder | undefined;
  #living: ReadonlySet<number> = new Set();
  #refreshing: Promise<void> | undefined;

  constructor(folder: string, maxRuns = MAX_RUNS) {
    this.#folder = folder;
    this.#maxRuns = maxRuns;
  }

  /** Reads new lines. Concurrent calls share one pass. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  get(id: string): IndexedRun | undefined {
    return this.#runs.get(id);
  }

  get newestFirst(): readonly IndexedRun[] {
    if (this.#added.length > 0) this.#newestFirst = merge(this.#newestFirst, this.#added.toSorted(byOrder));
    this.#added = [];
    return this.#newestFirst;
  }

  /** Returns true for an execution that has no end and whose window is no longer running. */
  isInterrupted({ hasEnded, latest }: IndexedRun): boolean {
    return !hasEnded && !this.#living.has(latest.file.pid);
  }

  /** Returns the files that may contain lines of an execution, in order. */
  filesOf({ first, last }: IndexedRun): JournalFile[] {
    return [...this.#files.values()]
      .map(({ file }) => file)
      .filter(({ pid, path }) => pid === first.file.pid && path >= first.file.path && path <= last.file.path)
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #read(): Promise<void> {
    const files = await journalFiles(this.#folder);
    this.#living = livingPids(files);
    this.#forgetAllBut(new Set(files.map(({ path }) => path)));
    // A file that cannot be read now is retried the next time, and does not prevent reading the others.
    for (const file of files.toReversed()) await this.#readFile(file).catch(() => undefined);
    this.#limit();
  }

  async #readFile(file: JournalFile): Promise<void> {
    const known = this.#files.get(file.path) ?? { file, position: this.#runs.size < this.#maxRuns ? 0 : file.size };
    this.#files.set(file.path, known);
    if (file.size <= known.position) return;
    const handle = await open(file.path);
    try {
      const span = { from: known.position, to: file.size };
      known.position = await scanLines(handle, span, MAX_HEAD_BYTES, (head, { offset, length }) =>
        this.#enter(head, { offset, length, file: known.file }),
      );
    } finally {
      await handle.close();
    }
  }

  #enter(head: string, place: FilePlace): void {
    const found = readHead(head);
    if (found === undefined) return;
    const run = this.#runs.get(found.id);
    if (run !== undefined) extend(run, found, place);
    else if (found.kind === "event") this.#addFirstStep(found.id, place);
    else this.#add(found, place);
  }

  #addFirstStep(id: string, place: FilePlace): void {
    if (this.#firstSteps.has(id)) return;
    this.#firstSteps.set(id, place);
    const [oldest] = this.#firstSteps.keys();
    if (this.#firstSteps.size > MAX_FIRST_STEPS && oldest !== undefined) this.#firstSteps.delete(oldest);
  }

  #add({ id, status, kind, principalKey }: LineHead, place: FilePlace): void {
    const order = orderOf(id);
    const step = this.#firstSteps.get(id);
    this.#firstSteps.delete(id);
    if (order === undefined || (this.#oldest !== undefined && compareNewestFirst(order, this.#oldest) > 0)) return;
    const hasEnded = kind === "end";
    const start = hasEnded ? undefined : place;
    const places = { first: step ?? place, last: place, start, latest: place };
    const run = { id, order, principalKey, ...places, status, hasEnded };
    this.#runs.set(id, run);
    this.#added.push(run);
  }

  /** Evicts the oldest executions above the limit. */
  #limit(): void {
    if (this.#runs.size <= this.#maxRuns) return;
    const kept = this.newestFirst.slice(0, this.#maxRuns);
    for (const { id } of this.#newestFirst.slice(this.#maxRuns)) this.#runs.delete(id);
    this.#newestFirst = kept;
    this.#oldest = kept.at(-1)?.order;
  }

  #forgetAllBut(present: ReadonlySet<string>): void {
    const gone = new Set([...this.#files.keys()].filter((path) => !present.has(path)));
    if (gone.size === 0) return;
    const isGone = (place: FilePlace): boolean => gone.has(place.file.path);
    for (const path of gone) this.#files.delete(path);
    for (const [id, place] of this.#firstSteps) if (isGone(place)) this.#firstSteps.delete(id);
    for (const run of this.#runs.values()) if (!keepWhatIsLeft(run, isGone)) this.#runs.delete(run.id);
    this.#newestFirst = this.newestFirst.filter(({ id }) => this.#runs.has(id));
  }
}

/** Updates the location of an execution with another line. */
function extend(run: IndexedRun, { kind, status }: LineHead, place: FilePlace): void {
  if (isBefore(place, run.first)) run.first = place;
  if (isBefore(run.last, place)) run.last = place;
  if (kind === "event") return;
  if (kind === "start" && (run.start === undefined || place.length > run.start.length)) run.start = place;
  if (kind === "end" || (!run.hasEnded && isBefore(run.latest, place))) {
    run.latest = place;
    run.status = status;
    run.hasEnded = kind === "end";
  }
}

/** @returns false if the file of the line with its status was removed */
function keepWhatIsLeft(run: IndexedRun, isGone: (place: FilePlace) => boolean): boolean {
  if (isGone(run.latest)) return false;
  if (run.start !== undefined && isGone(run.start)) run.start = run.hasEnded ? undefined : run.latest;
  if (isGone(run.first)) run.first = run.start ?? run.latest;
  if (isGone(run.last)) run.last = run.latest;
  return true;
}

function isBefore(a: FilePlace, b: FilePlace): boolean {
  return a.file.path === b.file.path ? a.offset < b.offset : a.file.path < b.file.path;
}

function byOrder(a: IndexedRun, b: IndexedRun): number {
  return compareNewestFirst(a.order, b.order);
}

/** Merges two sorted lists. */
function merge(a: readonly IndexedRun[], b: readonly IndexedRun[]): readonly IndexedRun[] {
  if (a.length === 0) return b;
  const merged: IndexedRun[] = [];
  let at = 0;
  for (const run of b) {
    for (let next = a[at]; next !== undefined && byOrder(next, run) <= 0; next = a[++at]) merged.push(next);
    merged.push(run);
  }
  return [...merged, ...a.slice(at)];
}
