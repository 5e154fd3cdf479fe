import { type FileHandle, open } from "node:fs/promises";
import type { Disposable } from "../base/disposables.ts";
import type { ExecutionRecord } from "../protocol/executions.ts";
import type { RecordedEvent, Versions } from "../protocol/runExport.ts";
import { MAX_KEPT_OUTPUT } from "./keptOutput.ts";
import type { IndexedRun, JournalIndex } from "./journalIndex.ts";
import { MAX_HEAD_BYTES, readEvent, readHead, readRecord, readVersions } from "./journalLines.ts";
import { type LinePlace, readLine, scanLines } from "./lineScan.ts";

const INTERRUPTED = "The editor window ended before this did; what became of it is not known.";

/** Reads what the journal says of an execution. Keeps files open for the time of one question. */
export class JournalReader implements Disposable {
  readonly #index: JournalIndex;
  readonly #files = new Map<string, Promise<FileHandle | undefined>>();

  constructor(index: JournalIndex) {
    this.#index = index;
  }

  /**
   * The execution as it ended, or as far as is known: work without an end of a window that is no more is interrupted.
   * @returns undefined when the file was removed meanwhile, or cannot be read
   */
  async record(run: IndexedRun): Promise<ExecutionRecord | undefined> {
    const { latest, hasEnded } = run;
    const record = readRecord(await this.#line(latest.file.path, latest));
    if (record === undefined || hasEnded) return record;
    const output = outputOf(await this.events(run));
    return {
      ...record,
      ...output,
      ...(this.#index.isInterrupted(run) && { status: "interrupted", error: INTERRUPTED }),
    };
  }

  /** All steps of an execution that are written down, in order. */
  async events(run: IndexedRun): Promise<RecordedEvent[]> {
    const found: RecordedEvent[] = [];
    for (const { path } of this.#index.filesOf(run)) {
      const from = path === run.first.file.path ? run.first.offset : 0;
      for (const place of await this.#eventPlaces(path, from, run.id)) {
        const event = readEvent(await this.#line(path, place));
        if (event !== undefined) found.push(event);
      }
    }
    return found.toSorted((a, b) => a.eventId - b.eventId);
  }

  /** The versions of the window in which the execution took place. */
  async versions({ first }: IndexedRun): Promise<Versions | undefined> {
    const file = await this.#open(first.file.path);
    let header: LinePlace | undefined;
    if (file !== undefined) await scanLines(file, 0, 0, (_head, place) => void (header ??= place));
    return header === undefined ? undefined : readVersions(await this.#line(first.file.path, header));
  }

  async dispose(): Promise<void> {
    for (const opening of this.#files.values()) await (await opening)?.close();
  }

  async #eventPlaces(path: string, from: number, id: string): Promise<LinePlace[]> {
    const places: LinePlace[] = [];
    const file = await this.#open(path);
    if (file === undefined) return places;
    await scanLines(file, from, MAX_HEAD_BYTES, (text, place) => {
      const head = readHead(text);
      if (head?.kind === "event" && head.id === id) places.push(place);
    });
    return places;
  }

  async #line(path: string, place: LinePlace): Promise<string> {
    const file = await this.#open(path);
    return file === undefined ? "" : readLine(file, place);
  }

  #open(path: string): Promise<FileHandle | undefined> {
    const opening = this.#files.get(path) ?? open(path).catch(() => undefined);
    this.#files.set(path, opening);
    return opening;
  }
}

/** What an execution had said, from its steps: its record has it only at the end. */
function outputOf(events: readonly RecordedEvent[]): { output: string; outputTruncated?: true } {
  let output = "";
  for (const { type, output: chunk, stream, length } of events) {
    if (type === "command-output" && stream !== "stderr") output += typeof chunk === "string" ? chunk : "";
    if (type === "output-retracted" && Number(length) > 0) output = output.slice(0, -Number(length));
  }
  if (output.length <= MAX_KEPT_OUTPUT) return { output };
  return { output: output.slice(0, MAX_KEPT_OUTPUT), outputTruncated: true };
}
