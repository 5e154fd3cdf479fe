import { isEnd } from "../../protocol/events.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import { factsOf, factsOfEvent } from "./journalContent.ts";
import { eventLine, recordLine } from "./journalLines.ts";
import { maskFields, maskStep } from "./journalMask.ts";
import {
  cutArguments,
  dropArguments,
  type ExecutionEvent,
  impliedStep,
  isOutput,
  partOf,
  resultInOutput,
  withoutRepetition,
} from "./journalParts.ts";
import { MaskedOutput } from "./maskedOutput.ts";
import { beginningOf, TextRoom } from "../textRoom.ts";
import { recordOf } from "../executionRecord.ts";

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
  readonly redactor: Redactor;
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
  /** The stored part of that. */
  readonly output: MaskedOutput;
  /** True if a secret was masked elsewhere. */
  isMasked: boolean;
  /** ID of the last step counted in `said`. */
  eventId: number;
}

/** Length of the text of a line in characters if there is little room, or if another line has the whole text. */
const SHORT = 2000;

/**
 * Serializes executions, with secrets masked, and stores each text once: arguments in the start line, output in the
 * steps, and the rest in the end line. The text of each run is limited, so that a few large runs do not evict all others from a journal of
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
    const room = this.#roomOf(hasRoom ? this.#options.maxRunLength / 2 : SHORT);
    cutArguments(record, room);
    const line = recordLine("start", record);
    run.start = "whole";
    run.left -= line.length;
    run.isCut ||= room.isCut;
    run.isMasked ||= record.contentMasked === true;
    return line;
  }

  /** Serializes the start of an execution for the next file: short, because the previous file has the whole line. */
  shortStart(execution: Execution): string {
    const run = this.#runs.get(execution.id);
    if (run === undefined || run.start === "none") return "";
    const room = this.#roomOf(SHORT);
    const record = { ...this.#beginningOf(execution), output: "" };
    cutArguments(record, room);
    const line = recordLine("start", record);
    run.start = room.isCut ? "cut" : "whole";
    return line;
  }

  /** Serializes the start of an execution whose lines were removed, with its whole output. */
  fullStart(execution: Execution): string {
    const run = this.#runOf(execution.id);
    const { maxRunLength } = this.#options;
    const room = this.#roomOf((maxRunLength * 3) / 4);
    const record = this.#beginningOf(execution);
    cutArguments(record, room, maxRunLength / 2);
    const given = beginningOf(record.output.slice(0, run.said), Math.max(0, room.left));
    run.output.restart();
    const output = run.output.append(given, "stdout").text;
    if (run.output.isMasked) record.contentMasked = true;
    const line = recordLine("start", { ...record, output }, { e: run.eventId });
    const isClosed = given.length < run.said;
    const isMasked = record.contentMasked === true;
    Object.assign(run, { left: maxRunLength - line.length, isCut: room.isCut || isClosed, isClosed, isMasked });
    run.start = "whole";
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
    const room = run.left - this.#reserve;
    const { line, undo } = isOpen ? this.#stepLine(event, run) : { line: "" };
    if (isOpen && line.length <= room) {
      run.left -= line.length;
      return line;
    }
    undo?.();
    run.output.limit(run.said);
    const part = isOutput(event) && line !== "" ? partOf(event, line.length, room) : undefined;
    const shortLine = part === undefined ? "" : this.#stepLine(part, run).line;
    run.left -= shortLine.length;
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
    const room = this.#roomOf(hasRoom ? Math.max(run.left, this.#reserve) : SHORT);
    const { error, output, result } = record;
    if (error !== undefined) record.error = room.text(error, room.left / 4);
    const isGiven = run.start === "whole";
    if (isGiven) dropArguments(record);
    else cutArguments(record, room, room.left / 2);
    const written = run.output.shown;
    const given = resultInOutput(record, room.left);
    const rest = run.output.rest(output, room.left);
    record.output = room.take(rest);
    // Masked JSON may not be valid.
    const resultIs = given === "json" && run.output.isMasked ? undefined : given;
    if (result !== undefined) record.result = resultIs === undefined ? room.value(result) : undefined;
    const isCut = record.output.length < rest.length || run.output.consumed < output.length;
    if (isCut) record.outputTruncated = true;
    if (run.isCut || room.isCut || isCut) record.contentTruncated = true;
    if (run.isMasked || room.isMasked || run.output.isMasked) record.contentMasked = true;
    return recordLine("end", record, {
      ...impliedSteps,
      ...(isGiven && { a: true }),
      ...(written > 0 && { o: written }),
      ...(resultIs && { r: resultIs }),
    });
  }

  /** Resets the state after the files were removed, so that later lines do not refer to them. */
  forgetWritten(): void {
    for (const run of this.#runs.values()) {
      run.output.restart();
      Object.assign(run, { start: "none", isClosed: true });
    }
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
    const { maxRunLength: left, redactor } = this.#options;
    const output = new MaskedOutput(redactor);
    return { left, isCut: false, isMasked: false, isClosed: false, start: "none", said: 0, output, eventId: 0 };
  }

  /** Returns a record that may be modified before it is serialized. */
  #recordOf(execution: Execution): ExecutionRecord {
    const record = recordOf(execution);
    delete record.pendingInput;
    delete record.waitingFor;
    if (this.#options.storesOutput) {
      maskFields(record, this.#options.redactor);
      return record;
    }
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

  #roomOf(length: number): TextRoom {
    return new TextRoom(length, this.#options.redactor);
  }

  /** Serializes a step of a run, with its output masked. */
  #stepLine(event: ExecutionEvent, run: WrittenRun): { readonly line: string; readonly undo?: () => void } {
    if (!this.#options.storesOutput) return { line: this.#lineOf(event) };
    if (event.type === "output-retracted") {
      return { line: this.#lineOf({ ...event, length: run.output.retract(event.length) }) };
    }
    if (event.type !== "command-output") {
      const line = this.#lineOf(event, run);
      return { line };
    }
    const wasMasked = run.output.isMasked;
    const { text, undo } = run.output.append(event.output, event.stream);
    const isMasked = run.output.isMasked && !wasMasked;
    return { line: eventLine(event.executionId, { ...event, output: text }, isMasked), undo };
  }

  #lineOf(event: ExecutionEvent, run?: WrittenRun): string {
    const { storesOutput, isKnownCommand, redactor } = this.#options;
    const given = storesOutput ? withoutRepetition(event) : factsOfEvent(event, isKnownCommand);
    if (given === undefined) return "";
    const shown = storesOutput ? maskStep(given, redactor) : given;
    if (shown !== given && run !== undefined) run.isMasked = true;
    return eventLine(event.executionId, shown, shown !== given);
  }
}
