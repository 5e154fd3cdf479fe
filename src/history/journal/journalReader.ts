import { originOf } from "../../core/executions/executionOrigin.ts";
import { type FileHandle, open } from "node:fs/promises";
import type { Disposable } from "../../base/disposables.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { RecordedEvent, Versions } from "../../protocol/runExport.ts";
import type { FilePlace, IndexedRun, JournalIndex } from "./journalIndex.ts";
import {
  type EventLine,
  type ImpliedStep,
  MAX_HEAD_BYTES,
  readEvent,
  readHead,
  readRecord,
  readVersions,
  type RecordLine,
} from "./journalLines.ts";
import { KeptOutput } from "../../core/executions/keptOutput.ts";
import { type LinePlace, type LineSpan, readLine, readLines, scanLines } from "./lineScan.ts";
import { Pace } from "../../base/pace.ts";

const INTERRUPTED = "The editor window closed before this run ended. Its outcome is unknown.";
/** Maximum number of steps to read for one execution. The text limit allows about 6000. */
const MAX_STEPS = 20_000;

/** Reads executions from the journal. Keeps files open until disposed. */
export class JournalReader implements Disposable {
  readonly #index: JournalIndex;
  readonly #files = new Map<string, Promise<FileHandle | undefined>>();
  readonly #pace = new Pace();

  constructor(index: JournalIndex) {
    this.#index = index;
  }

  /**
   * Reads an execution in its last known state: one without an end whose window is no longer running is interrupted.
   * @returns undefined if the file was removed or cannot be read
   */
  async record(run: IndexedRun): Promise<ExecutionRecord | undefined> {
    const latest = await this.#recordAt(run.latest);
    if (latest === undefined) return undefined;
    const start = run.start === run.latest ? latest : await this.#startOf(run, latest);
    const given = run.hasEnded && latest.a === undefined ? latest.x : withArguments(latest, start);
    if (run.hasEnded) return withResult(latest, await this.#withSaid(run, given, latest, start));
    const { said, isMasked } = await this.#said(run, start);
    return {
      ...given,
      output: said.text,
      ...(said.isTruncated && { outputTruncated: true }),
      ...(isMasked && { contentMasked: true }),
      ...(this.#index.isInterrupted(run) && { status: "interrupted", error: INTERRUPTED }),
    };
  }

  /** Reads the stored steps of an execution in order, completed with the texts of its record. */
  async events(run: IndexedRun, record: ExecutionRecord): Promise<RecordedEvent[]> {
    const { k = [] } = (await this.#recordAt(run.latest)) ?? {};
    const implied = k.map((step) => impliedEvent(step, record));
    return [...implied, ...(await this.#steps(run)).map(({ e }) => e)].map((event) => withRepetition(event, record));
  }

  /** Reads the versions of the window that ran the execution. */
  async versions({ first }: IndexedRun): Promise<Versions | undefined> {
    const file = await this.#open(first.file.path);
    let header: LinePlace | undefined;
    if (file !== undefined) await scanLines(file, { from: 0, to: 1 }, 0, (_head, place) => void (header = place));
    return file === undefined || header === undefined ? undefined : readVersions(await readLine(file, header));
  }

  async dispose(): Promise<void> {
    for (const opening of this.#files.values()) await (await opening)?.close();
  }

  /** Reads the start line if the latest line refers to it. */
  async #startOf({ start, hasEnded }: IndexedRun, { a, o }: RecordLine): Promise<RecordLine | undefined> {
    const isNeeded = !hasEnded || a !== undefined || o !== undefined;
    return isNeeded && start !== undefined ? this.#recordAt(start) : undefined;
  }

  /** Returns the whole output of an execution that has ended: its output so far, and the rest from the end line. */
  async #withSaid(
    run: IndexedRun,
    record: ExecutionRecord,
    { o = 0 }: RecordLine,
    start: RecordLine | undefined,
  ): Promise<ExecutionRecord> {
    if (o === 0) return record;
    const said = (await this.#said(run, start)).said.text.slice(0, o);
    const isCut = said.length < o;
    return {
      ...record,
      output: said + record.output,
      ...(isCut && { outputTruncated: true, contentTruncated: true }),
    };
  }

  /** Returns its output so far, from the start line and the steps that follow it. */
  async #said(
    run: IndexedRun,
    start: RecordLine | undefined,
  ): Promise<{ readonly said: KeptOutput; readonly isMasked: boolean }> {
    const said = new KeptOutput();
    let isMasked = false;
    said.append(start?.x.output ?? "");
    for (const { m, e } of await this.#steps(run)) {
      const { type, eventId, output, stream, length } = e;
      isMasked ||= m === true;
      if (eventId <= (start?.e ?? 0)) continue;
      if (type === "command-output" && stream !== "stderr" && typeof output === "string") said.append(output);
      if (type === "output-retracted" && Number(length) > 0) said.retract(Number(length));
    }
    return { said, isMasked };
  }

  /** Reads the steps in order, without duplicates: a failed write may leave a line twice. */
  async #steps(run: IndexedRun): Promise<EventLine[]> {
    const found = new Map<number, EventLine>();
    for (const { path } of this.#index.filesOf(run)) {
      const file = await this.#open(path);
      if (file === undefined) continue;
      const places = await stepsIn(file, run.id, spanIn(path, run));
      for await (const line of readLines(file, places.slice(0, MAX_STEPS - found.size))) {
        const step = readEvent(line);
        if (step !== undefined) found.set(step.e.eventId, step);
        await this.#pace.pause();
      }
    }
    return [...found.values()].toSorted((a, b) => a.e.eventId - b.e.eventId);
  }

  async #recordAt(place: FilePlace): Promise<RecordLine | undefined> {
    const file = await this.#open(place.file.path);
    return file === undefined ? undefined : readRecord(await readLine(file, place));
  }

  #open(path: string): Promise<FileHandle | undefined> {
    const opening = this.#files.get(path) ?? open(path).catch(() => undefined);
    this.#files.set(path, opening);
    return opening;
  }
}

/** Returns the part of a file that may contain lines of an execution. */
function spanIn(path: string, { first, last }: IndexedRun): LineSpan {
  return {
    from: path === first.file.path ? first.offset : 0,
    to: path === last.file.path ? last.offset + 1 : Number.MAX_SAFE_INTEGER,
  };
}

async function stepsIn(file: FileHandle, id: string, span: LineSpan): Promise<LinePlace[]> {
  const places: LinePlace[] = [];
  await scanLines(file, span, MAX_HEAD_BYTES, (text, place) => {
    const head = readHead(text);
    if (head?.kind === "event" && head.id === id) places.push(place);
  });
  return places;
}

function withArguments({ x }: RecordLine, start: RecordLine | undefined): ExecutionRecord {
  if (start === undefined) return { ...x, contentTruncated: true };
  const { command, args, params, contentTruncated: isStartCut, contentMasked: isMasked } = start.x;
  const { contentTruncated: isCut, ...record } = x;
  // The short start line in a later file is truncated, which does not matter if the whole one exists.
  const isWhole = isStartCut !== true && (isCut !== true || x.completedAt === undefined);
  return {
    ...record,
    command,
    args,
    ...(params !== undefined && { params }),
    ...(!isWhole && { contentTruncated: true }),
    ...(isMasked === true && { contentMasked: true }),
  };
}

function withResult({ r }: RecordLine, record: ExecutionRecord): ExecutionRecord {
  if (r === undefined) return record;
  return { ...record, result: r === "text" ? record.output : parse(record.output) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Restores a step without a line of its own. Texts that repeat the record are empty. */
function impliedEvent([type, eventId, timestamp, position]: ImpliedStep, record: ExecutionRecord): RecordedEvent {
  const { id: executionId, windowId, target, exitCode, executionTimeMs = 0 } = record;
  const { requestedBy } = record;
  const principalId = requestedBy?.principal?.id;
  const event = {
    type,
    executionId,
    ...(principalId !== undefined && { principalId }),
    eventId,
    timestamp,
    windowId,
  };
  const by = originOf(record);
  switch (type) {
    case "command-queued":
      return { ...event, command: record.command, position, target, ...by };
    case "command-started":
      return { ...event, command: record.command, args: [], target, ...by };
    default:
      return { ...event, success: true, output: "", ...(exitCode !== undefined && { exitCode }), executionTimeMs };
  }
}

/** Restores the texts of a step that repeat the record. */
function withRepetition(event: RecordedEvent, record: ExecutionRecord): RecordedEvent {
  if (record.contentOmitted === true) return event;
  const command = event["command"] === "" && { command: record.command };
  switch (event.type) {
    case "command-started":
      return { ...event, ...command, args: record.args };
    case "command-queued":
      return { ...event, ...command };
    case "command-completed":
      return { ...event, output: record.output };
    case "command-error":
      return { ...event, error: record.error ?? "" };
    default:
      return event;
  }
}
