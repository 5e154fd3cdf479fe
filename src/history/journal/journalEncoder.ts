import { type BridgeEvent, isEnd } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { Execution } from "../../core/executions/execution.ts";
import { factsOf, factsOfEvent } from "./journalContent.ts";
import { eventLine, type ImpliedStep, recordLine } from "./journalLines.ts";
import { beginningOf, TextRoom } from "../textRoom.ts";
import { recordOf } from "../executionRecord.ts";

export type ExecutionEvent = BridgeEvent & { readonly executionId: string };

/** A step in the queue. */
export interface WaitingStep {
  readonly event: ExecutionEvent;
  /** Number of characters of output that were dropped. If not 0, the step is not written. */
  readonly unwritten: number;
}

export interface JournalEncoderOptions {
  /** False to omit arguments, parameters, output, results, errors, questions and answers. */
  readonly storesOutput: boolean;
  /** Maximum length of the text of one run, in characters. */
  readonly maxRunLength: number;
  /** Returns true for existing commands. Other IDs may contain arbitrary text. */
  readonly isKnownCommand: (id: string) => boolean;
}

/** The lines written for one execution so far. */
interface WrittenRun {
  /** Remaining length, in characters. */
  left: number;
  /** True if something was omitted. */
  isCut: boolean;
  /** True after a step was omitted: no later one is written, so that the written steps are a prefix of the output. */
  isClosed: boolean;
  /** The state of its start line in the current file: "whole" if it includes all arguments. */
  start: "none" | "whole" | "cut";
  /** Length of its stdout in characters, without text that was retracted. */
  said: number;
  /** Length of the stored part of that. */
  kept: number;
  /** ID of the last step counted in `said`. */
  eventId: number;
}

/** Maximum length of an ID, which keeps the lines of steps short. */
const LONGEST_ID = 200;
/** Overhead of a step in characters: a step that exceeds the room only by this is truncated instead of omitted. */
const FRAME = 500;
/** Length of the text of a line in characters if there is little room, or if another line has the whole text. */
const SHORT = 2000;

/**
 * Serializes executions and stores each text once: arguments in the start line, output in the steps, and the rest in
 * the end line. The text of each run is limited, so that a few large runs do not evict all others from a journal of
 * limited size. Text beyond the limit is truncated, and the record is marked.
 */
export class JournalEncoder {
  readonly #options: JournalEncoderOptions;
  /** State of the executions that are running. */
  readonly #runs = new Map<string, WrittenRun>();

  constructor(options: JournalEncoderOptions) {
    this.#options = options;
  }

  /**
   * Serializes the start of an execution, without its output; only its status if the start was written before.
   * @param hasRoom false if only a short text fits; also for the other methods
   */
  start(execution: Execution, hasRoom: boolean): string {
    const run = this.#runOf(execution.id);
    const record = { ...this.#beginningOf(execution), output: "" };
    if (run.start === "whole") {
      dropArguments(record);
      return recordLine("start", record, { a: true });
    }
    const room = new TextRoom(hasRoom ? this.#options.maxRunLength / 2 : SHORT);
    cutArguments(record, room);
    const line = recordLine("start", record);
    run.start = "whole";
    run.left -= line.length;
    run.isCut ||= room.isCut;
    return line;
  }

  /** Serializes the start of an execution for the next file: short, because the previous file has the whole line. */
  shortStart(execution: Execution): string {
    const run = this.#runs.get(execution.id);
    if (run === undefined || run.start === "none") return "";
    const room = new TextRoom(SHORT);
    const record = { ...this.#beginningOf(execution), output: "" };
    cutArguments(record, room);
    const line = recordLine("start", record);
    run.start = room.isCut ? "cut" : "whole";
    return line;
  }

  /** Serializes the start of an execution whose lines were removed, with its whole output. */
  fullStart(execution: Execution): string {
    const { said, eventId } = this.#runOf(execution.id);
    const { maxRunLength } = this.#options;
    const room = new TextRoom((maxRunLength * 3) / 4);
    const record = this.#beginningOf(execution);
    cutArguments(record, room, maxRunLength / 2);
    const output = room.text(record.output.slice(0, said));
    const line = recordLine("start", { ...record, output }, { e: eventId });
    const left = maxRunLength - line.length;
    const isClosed = output.length < said;
    const isCut = room.isCut;
    this.#runs.set(execution.id, { left, isCut, isClosed, start: "whole", said, kept: output.length, eventId });
    return line;
  }

  /** Serializes a step, or returns "" if it is not written. */
  step({ event, unwritten }: WaitingStep, hasRoom: boolean): string {
    if (isEnd(event)) return hasRoom ? this.#lineOf(event) : "";
    const run = this.#runOf(event.executionId);
    run.eventId = event.eventId;
    if (isOutput(event)) run.said += event.output.length + unwritten;
    if (event.type === "output-retracted") run.said = Math.max(0, run.said - event.length);
    const isOpen = !run.isClosed && hasRoom && (unwritten === 0 || !this.#options.storesOutput);
    const line = isOpen ? this.#lineOf(event) : "";
    const room = run.left - this.#reserve;
    if (isOpen && line.length <= room) {
      run.left -= line.length;
      run.kept = run.said;
      return line;
    }
    const part = isOutput(event) && line !== "" ? partOf(event, line.length, room) : undefined;
    const shortLine = part === undefined ? "" : eventLine(event.executionId, part);
    run.left -= shortLine.length;
    run.kept = Math.min(run.kept + (part?.output.length ?? 0), run.said);
    run.isClosed = true;
    run.isCut = true;
    return shortLine;
  }

  /**
   * Serializes the end of an execution: everything that no other line contains.
   * @param steps the steps without lines of their own, because the record implies them
   */
  end(execution: Execution, hasRoom: boolean, steps: readonly ExecutionEvent[]): string {
    const run = this.#runs.get(execution.id) ?? this.#newRun();
    this.#runs.delete(execution.id);
    const record = this.#recordOf(execution);
    const impliedSteps = steps.length > 0 && { k: steps.map(impliedStep) };
    if (record.contentOmitted === true) return recordLine("end", record, { ...impliedSteps });
    const room = new TextRoom(hasRoom ? Math.max(run.left, this.#reserve) : SHORT);
    const { error, output, result } = record;
    if (error !== undefined) record.error = room.text(error, room.left / 4);
    const isGiven = run.start === "whole";
    if (isGiven) dropArguments(record);
    else cutArguments(record, room, room.left / 2);
    const resultIs = resultInOutput(record, room.left);
    const tail = output.slice(run.kept);
    record.output = room.text(tail);
    if (result !== undefined) record.result = resultIs === undefined ? room.value(result) : undefined;
    if (record.output.length < tail.length) record.outputTruncated = true;
    if (run.isCut || room.isCut) record.contentTruncated = true;
    return recordLine("end", record, {
      ...impliedSteps,
      ...(isGiven && { a: true }),
      ...(run.kept > 0 && { o: run.kept }),
      ...(resultIs && { r: resultIs }),
    });
  }

  /** Resets the state after the files were removed, so that later lines do not refer to them. */
  forgetWritten(): void {
    for (const run of this.#runs.values()) Object.assign(run, { start: "none", kept: 0, isClosed: true });
  }

  /** Drops the state of an execution whose end is not written. */
  forget(id: string): void {
    this.#runs.delete(id);
  }

  /** The length reserved for the end line. */
  get #reserve(): number {
    return this.#options.maxRunLength / 8;
  }

  #runOf(id: string): WrittenRun {
    const known = this.#runs.get(id);
    if (known !== undefined) return known;
    const run = this.#newRun();
    this.#runs.set(id, run);
    return run;
  }

  #newRun(): WrittenRun {
    const left = this.#options.maxRunLength;
    return { left, isCut: false, isClosed: false, start: "none", said: 0, kept: 0, eventId: 0 };
  }

  /** Returns a record that may be modified before it is serialized. */
  #recordOf(execution: Execution): ExecutionRecord {
    const record = recordOf(execution);
    delete record.pendingInput;
    if (this.#options.storesOutput) return record;
    // A completed command was known to the editor, even if it is not listed.
    const hasRun = record.status === "completed";
    return factsOf(record, (id) => hasRun || this.#options.isKnownCommand(id));
  }

  /** Returns the record without its end, which may have happened before serialization. */
  #beginningOf(execution: Execution): ExecutionRecord {
    const {
      completedAt: _at,
      executionTimeMs: _ms,
      error: _error,
      code: _code,
      cause: _cause,
      result: _result,
      ...record
    } = this.#recordOf(execution);
    const { exitCode: _exitCode, stopReason: _stopReason, outputTruncated: _isCut, ...beginning } = record;
    return execution.isSettled ? { ...beginning, status: "running" } : beginning;
  }

  #lineOf(event: ExecutionEvent): string {
    const { storesOutput, isKnownCommand } = this.#options;
    const shown = storesOutput ? withoutRepetition(event) : factsOfEvent(event, isKnownCommand);
    return shown === undefined ? "" : eventLine(event.executionId, shown);
  }
}

function impliedStep(event: ExecutionEvent): ImpliedStep {
  const step: ImpliedStep = [event.type, event.eventId, event.timestamp];
  return event.type === "command-queued" ? [...step, event.position] : step;
}

type OutputEvent = ExecutionEvent & { readonly type: "command-output" };

function isOutput(event: ExecutionEvent): event is OutputEvent {
  return event.type === "command-output" && event.stream === "stdout";
}

/** Truncates an output to the remaining room, or returns undefined if nothing fits. */
function partOf(event: OutputEvent, lineLength: number, room: number): OutputEvent | undefined {
  const length = Math.floor(((room - FRAME) * event.output.length) / lineLength);
  return length <= 0 ? undefined : { ...event, output: beginningOf(event.output, length) };
}

/** Removes arguments. The command itself stays if it is a valid ID; other text is an argument. */
function dropArguments(record: ExecutionRecord): void {
  record.command = shortId(record.command);
  record.args = [];
  delete record.params;
}

/** Truncates arguments to the remaining room. */
function cutArguments(record: ExecutionRecord, room: TextRoom, most = room.left): void {
  const end = room.left - most;
  record.command = room.text(record.command, most);
  record.args = room.texts(record.args, room.left - end);
  if (record.params !== undefined) record.params = room.values(record.params, room.left - end);
  if (room.isCut) record.contentTruncated = true;
}

/** Removes fields of a step that repeat the record. */
function withoutRepetition(event: ExecutionEvent): object {
  switch (event.type) {
    case "command-started":
      return { ...event, command: shortId(event.command), args: [] };
    case "command-queued":
      return { ...event, command: shortId(event.command) };
    case "command-completed":
      return { ...event, output: "" };
    case "command-error":
      return { ...event, error: "" };
    default:
      return event;
  }
}

function shortId(command: string): string {
  return command.length > LONGEST_ID ? "" : command;
}

/** Returns how the result of a command follows from its output: unchanged, or serialized as JSON. */
function resultInOutput({ status, output, result }: ExecutionRecord, room: number): "text" | "json" | undefined {
  if (status !== "completed" || result === undefined) return undefined;
  if (result === output) return "text";
  return output !== "" && output.length <= room && JSON.stringify(result) === output ? "json" : undefined;
}
