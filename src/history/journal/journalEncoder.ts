import type { BridgeEvent } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { Execution } from "../../core/executions/execution.ts";
import { factsOf, factsOfEvent } from "./journalContent.ts";
import { eventLine, type ImpliedStep, recordLine } from "./journalLines.ts";
import { beginningOf, TextRoom } from "../textRoom.ts";
import { recordOf } from "../executionRecord.ts";

export type ExecutionEvent = BridgeEvent & { readonly executionId: string };

/** A step as it waits to be spelled. */
export interface WaitingStep {
  readonly event: ExecutionEvent;
  /** How much of its output was left out, in characters: then it is not written. */
  readonly unwritten: number;
}

export interface JournalEncoderOptions {
  /** False: neither arguments nor parameters, output, results, errors, questions nor answers are written. */
  readonly storesOutput: boolean;
  /** How much text one run may have, in characters. */
  readonly maxRunLength: number;
  /** Whether a command exists: the id of one that does not is somebody's text. */
  readonly isKnownCommand: (id: string) => boolean;
}

/** What has been written of one execution so far. */
interface WrittenRun {
  /** Room for more, in characters. */
  left: number;
  /** Something had to be left out. */
  isCut: boolean;
  /** No step is written any more: one was left out, and what stands in the steps is the beginning of the output. */
  isClosed: boolean;
  /** Whether its beginning stands in the present file, with all that it was given. */
  start: "none" | "whole" | "cut";
  /** How much it has said on stdout, without what it took back; in characters. */
  said: number;
  /** How much of that stands in the journal. */
  kept: number;
  /** The last step that counts in `said`. */
  eventId: number;
}

/** A longer id is none; and a line about a step should stay short. */
const LONGEST_ID = 200;
/** A step is cut rather than left out when it is not much longer than there is room for; in characters, for its frame. */
const FRAME = 500;
/** How much text a line has when there is little room, or when the whole is elsewhere; in characters. */
const SHORT = 2000;

const ends: ReadonlySet<string> = new Set(["command-completed", "command-error", "command-cancelled"]);

/**
 * Spells lines about executions, each text once: arguments in the line of the start, output in the steps, and in the
 * line of the end what neither has. One run has a limit for all its text, so that a few large ones do not drive
 * everything else out of a journal of limited size; what is beyond it is cut, and the record says so.
 */
export class JournalEncoder {
  readonly #options: JournalEncoderOptions;
  /** Of what has not ended. */
  readonly #runs = new Map<string, WrittenRun>();

  constructor(options: JournalEncoderOptions) {
    this.#options = options;
  }

  /**
   * The execution as it begins, without what it says. When it stands there already, its present status alone.
   * @param hasRoom whether there is room for its text; also the next
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

  /** The beginning of an execution for another file: short, for the whole is in the file before. */
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

  /** The beginning of an execution of which nothing is left: with all that it has said. */
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

  /** One step; "" when it is not written. */
  step({ event, unwritten }: WaitingStep, hasRoom: boolean): string {
    if (ends.has(event.type)) return hasRoom ? this.#lineOf(event) : "";
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
   * The execution as it ended: all that no other line says.
   * @param steps those that have no lines, since the record has all that they say
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

  /** What was written before is gone: whatever comes must not refer to it. */
  forgetWritten(): void {
    for (const run of this.#runs.values()) Object.assign(run, { start: "none", kept: 0, isClosed: true });
  }

  /** The end of this execution is not written. */
  forget(id: string): void {
    this.#runs.delete(id);
  }

  /** What is left for the end when steps have used up the rest. */
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

  /** A record for one line, which may be changed on the way there. */
  #recordOf(execution: Execution): ExecutionRecord {
    const record = recordOf(execution);
    delete record.pendingInput;
    if (this.#options.storesOutput) return record;
    // What has run was known to the editor, listed or not.
    const hasRun = record.status === "completed";
    return factsOf(record, (id) => hasRun || this.#options.isKnownCommand(id));
  }

  /** Without its end, which may have come before this is spelled. */
  #beginningOf(execution: Execution): ExecutionRecord {
    const {
      completedAt: _at,
      executionTimeMs: _ms,
      error: _error,
      code: _code,
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

/** The beginning of an output for which there is too little room; undefined when there is none. */
function partOf(event: OutputEvent, lineLength: number, room: number): OutputEvent | undefined {
  const length = Math.floor(((room - FRAME) * event.output.length) / lineLength);
  return length <= 0 ? undefined : { ...event, output: beginningOf(event.output, length) };
}

/** The command is an id, and stays; what is no id is an argument. */
function dropArguments(record: ExecutionRecord): void {
  record.command = shortId(record.command);
  record.args = [];
  delete record.params;
}

/** Leaves as much of what was given as there is room for. */
function cutArguments(record: ExecutionRecord, room: TextRoom, most = room.left): void {
  const end = room.left - most;
  record.command = room.text(record.command, most);
  record.args = room.texts(record.args, room.left - end);
  if (record.params !== undefined) record.params = room.values(record.params, room.left - end);
  if (room.isCut) record.contentTruncated = true;
}

/** What the record says is not said again by its steps. */
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

/** The output of a command is often its result: text as it is, anything else as JSON. */
function resultInOutput({ status, output, result }: ExecutionRecord, room: number): "text" | "json" | undefined {
  if (status !== "completed" || result === undefined) return undefined;
  if (result === output) return "text";
  return output !== "" && output.length <= room && JSON.stringify(result) === output ? "json" : undefined;
}
