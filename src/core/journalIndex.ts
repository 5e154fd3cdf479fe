import { open } from "node:fs/promises";
import type { ExecutionStatus } from "../protocol/executions.ts";
import { type JournalFile, journalFiles, livingPids } from "./journalFiles.ts";
import { type LineHead, MAX_HEAD_BYTES, readHead } from "./journalLines.ts";
import { type LinePlace, scanLines } from "./lineScan.ts";
import { compareNewestFirst, orderOf, type RunOrder } from "./runOrder.ts";

export interface FilePlace extends LinePlace {
  readonly file: JournalFile;
}

/** Where in the journal one execution stands. */
export interface IndexedRun {
  readonly id: string;
  readonly order: RunOrder;
  /** Its first line that is still there. */
  first: FilePlace;
  /** The line that tells most: its end, or else its latest beginning. */
  latest: FilePlace;
  status: ExecutionStatus | undefined;
  hasEnded: boolean;
}

interface ScannedFile {
  file: JournalFile;
  /** Up to where it has been read. */
  position: number;
}

/**
 * Knows where in the files of all windows which execution stands. Files only grow: each is read once, and later what
 * was added to it. About 200 bytes of memory for each execution.
 */
export class JournalIndex {
  readonly #folder: string;
  readonly #runs = new Map<string, IndexedRun>();
  readonly #files = new Map<string, ScannedFile>();
  /** Steps of executions of which there is no other line yet. */
  readonly #firstSteps = new Map<string, FilePlace>();
  #newestFirst: IndexedRun[] | undefined;
  #living: ReadonlySet<number> = new Set();
  #refreshing: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads what is new. Callers at the same time share one reading. */
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
    this.#newestFirst ??= [...this.#runs.values()].toSorted((a, b) => compareNewestFirst(a.order, b.order));
    return this.#newestFirst;
  }

  /** Whether it began in a window that is no more, and has no end: it never will. */
  isInterrupted({ hasEnded, latest }: IndexedRun): boolean {
    return !hasEnded && !this.#living.has(latest.file.pid);
  }

  /** The files in which lines about an execution can be, in order. */
  filesOf({ first, latest, hasEnded }: IndexedRun): JournalFile[] {
    return [...this.#files.values()]
      .map(({ file }) => file)
      .filter(({ pid, path }) => pid === first.file.pid && path >= first.file.path)
      .filter(({ path }) => !hasEnded || path <= latest.file.path);
  }

  async #read(): Promise<void> {
    const files = await journalFiles(this.#folder);
    this.#living = livingPids(files);
    const present = new Set(files.map(({ path }) => path));
    for (const path of this.#files.keys()) if (!present.has(path)) this.#forget(path);
    for (const file of files) await this.#readFile(file);
  }

  async #readFile(file: JournalFile): Promise<void> {
    const known = this.#files.get(file.path) ?? { file, position: 0 };
    this.#files.set(file.path, known);
    if (file.size <= known.position) return;
    const handle = await open(file.path).catch(() => undefined);
    if (handle === undefined) return;
    try {
      known.position = await scanLines(handle, known.position, MAX_HEAD_BYTES, (head, place) =>
        this.#enter(head, { ...place, file: known.file }),
      );
    } finally {
      await handle.close();
    }
  }

  #enter(head: string, place: FilePlace): void {
    const found = readHead(head);
    if (found === undefined) return;
    const run = this.#runs.get(found.id);
    if (found.kind === "event") {
      if (run === undefined && !this.#firstSteps.has(found.id)) this.#firstSteps.set(found.id, place);
    } else if (run === undefined) this.#add(found, place);
    else if (found.kind === "end" || !run.hasEnded) {
      Object.assign(run, { latest: place, status: found.status, hasEnded: found.kind === "end" });
    }
  }

  #add({ id, status, kind }: LineHead, place: FilePlace): void {
    const order = orderOf(id);
    if (order === undefined) return;
    const first = this.#firstSteps.get(id) ?? place;
    this.#firstSteps.delete(id);
    this.#runs.set(id, { id, order, first, latest: place, status, hasEnded: kind === "end" });
    this.#newestFirst = undefined;
  }

  #forget(path: string): void {
    this.#files.delete(path);
    for (const [id, { file }] of this.#firstSteps) if (file.path === path) this.#firstSteps.delete(id);
    for (const run of this.#runs.values()) {
      if (run.latest.file.path === path) this.#runs.delete(run.id);
      else if (run.first.file.path === path) run.first = run.latest;
    }
    this.#newestFirst = undefined;
  }
}
