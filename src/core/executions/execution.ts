import type { BridgeError, ErrorCode } from "../../protocol/errors.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { CancelWay, ExecuteResponse, ExecutionRecord, ExecutionStatus } from "../../protocol/executions.ts";
import type { InputRequest } from "../../protocol/input.ts";
import { type EndFields, endFieldsOf, type ExecutionFacts, recordOf, responseOf } from "./executionBodies.ts";
import { KeptOutput } from "./keptOutput.ts";
import type { Outcome, Task, ToolCall } from "../ports.ts";
import type { Ending } from "./pastExecution.ts";
import type { Answerable } from "../commands/submission.ts";
import { weightOf } from "./weight.ts";

/** What any execution costs. */
const EMPTY = 1000;

const happened = Promise.resolve();

/** The bridge was stopped before the end: the caller gets an error, and what the work has done is not known. */
export interface Interruption {
  readonly kind: "interrupted";
  readonly error: string;
  readonly code: ErrorCode;
  readonly failure: BridgeError;
}

export interface ExecutionOptions {
  readonly id: string;
  readonly task: Task;
  readonly taskWeight: number;
  readonly target: "editor" | "cli";
  readonly windowId: string;
  readonly requestedBy?: ExecutionFacts["requestedBy"];
  /** Receives every step as an event. */
  readonly report: (event: EventPayload, execution: Execution) => void;
}

/**
 * One command on its way: the one record and the one state machine (docs/wire-contract.md#43-life-of-an-execution),
 * `queued → running ⇄ waiting-input → completed | failed | cancelled | interrupted`.
 * A step that does not fit the present state is ignored: the first end counts.
 */
export class Execution implements Answerable, ExecutionFacts {
  readonly id: string;
  readonly task: Task;
  readonly target: "editor" | "cli";
  readonly windowId: string;
  readonly requestedBy: ExecutionFacts["requestedBy"];
  readonly queuedAt = Date.now();
  /** What its caller has given it, in characters; see `weightOfTask`. */
  readonly taskWeight: number;
  readonly isKept = true;
  readonly #tell: ExecutionOptions["report"];
  /** Made when somebody waits, and let go at the end; also the next. */
  #settled: PromiseWithResolvers<void> | undefined;
  #answered: PromiseWithResolvers<void> | undefined;
  #status: ExecutionStatus = "queued";
  #startedAt: number | undefined;
  #completedAt: number | undefined;
  readonly output = new KeptOutput();
  #hasBegun = false;
  #end: EndFields = {};
  #failure: BridgeError | undefined;
  #cancelledHow: CancelWay | undefined;
  #sessionId: string | undefined;
  #pendingInput: InputRequest | undefined;
  #questions = 0;

  constructor(options: ExecutionOptions) {
    this.id = options.id;
    this.task = options.task;
    this.taskWeight = options.taskWeight;
    this.target = options.target;
    this.windowId = options.windowId;
    this.requestedBy = options.requestedBy;
    this.#tell = options.report;
  }

  /** Resolves, never rejects, when the execution is final. */
  get settled(): Promise<void> {
    if (this.isSettled) return happened;
    return (this.#settled ??= Promise.withResolvers<void>()).promise;
  }

  /** Resolves, never rejects, when a synchronous caller gets an answer: at the end, or at the first question. */
  get answered(): Promise<void> {
    if (this.isSettled || this.#questions > 0) return happened;
    return (this.#answered ??= Promise.withResolvers<void>()).promise;
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  get isSettled(): boolean {
    return this.#completedAt !== undefined;
  }

  /** Set when the bridge could not run the command, or when a deadline ended it: then the answer is an HTTP error. */
  get failure(): BridgeError | undefined {
    return this.#failure;
  }

  /**
   * Whether it is certain that the bridge could not run it and that no work was begun: it ended in line, or failed for a
   * passing reason before the work was handed over. Then the same request may be sent again.
   */
  get ranNothing(): boolean {
    if (this.#failure === undefined) return false;
    return this.#startedAt === undefined || (this.#failure.recoverable && !this.#hasBegun);
  }

  /** How it has ended; undefined before. */
  get ending(): Ending | undefined {
    if (!this.isSettled) return undefined;
    const { id, status, sessionId, elapsedMs: executionTimeMs } = this;
    const { code, exitCode } = this.#end;
    return { id, status, code, isFailure: this.#failure !== undefined, executionTimeMs, exitCode, sessionId };
  }

  get cancelledHow(): CancelWay | undefined {
    return this.#cancelledHow;
  }

  /** What the end is called in every body; empty before. */
  get end(): EndFields {
    return this.#end;
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get completedAt(): number | undefined {
    return this.#completedAt;
  }

  get pendingInput(): InputRequest | undefined {
    return this.#pendingInput;
  }

  /** How many questions it has asked, the open one included. */
  get questions(): number {
    return this.#questions;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** Milliseconds from its start to its end, or until now; 0 before its start. */
  get elapsedMs(): number {
    if (this.#startedAt === undefined) return 0;
    return Math.max(0, (this.#completedAt ?? Date.now()) - this.#startedAt);
  }

  /** What it holds in memory, in characters; does not change any more when it has ended. */
  get weight(): number {
    const { result, error = "" } = this.#end;
    const { length, text } = this.output;
    // A result that is text is the output too, the same one.
    const resultWeight = result === undefined || result === text ? 0 : weightOf(result);
    return EMPTY + this.taskWeight + length + error.length + resultWeight + weightOf(this.#failure?.context);
  }

  /** Tells that it waits; `position` counts those before it. */
  waitInLine(position: number): void {
    this.#report({ type: "command-queued", executionId: this.id, command: this.task.command, position });
  }

  start(): void {
    if (this.#status !== "queued") return;
    this.#status = "running";
    this.#startedAt = Date.now();
    const { command, args } = this.task;
    this.#report({ type: "command-started", executionId: this.id, command, args });
  }

  /** The work is about to be handed over: from here on it may have been done, whatever is heard of it. */
  begin(): void {
    this.#hasBegun = true;
  }

  appendOutput(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    if (this.isSettled || text === "") return;
    this.#hasBegun = true;
    if (stream === "stdout") this.output.append(text);
    this.#report({ type: "command-output", executionId: this.id, output: text, stream });
  }

  /** Takes back what was said last. */
  retractOutput(length: number): void {
    if (this.isSettled || length <= 0) return;
    this.output.retract(length);
    this.#report({ type: "output-retracted", executionId: this.id, length });
  }

  toolCall(call: ToolCall): void {
    if (this.isSettled) return;
    this.#hasBegun = true;
    this.#report({ type: "tool-call", executionId: this.id, ...call });
  }

  speaksIn(sessionId: string): void {
    this.#sessionId = sessionId;
  }

  waitForInput(request: InputRequest): void {
    if (this.#status !== "running") return;
    this.#status = "waiting-input";
    this.#pendingInput = request;
    this.#questions++;
    this.#hasBegun = true;
    this.#report({
      type: "user-input-required",
      executionId: this.id,
      questionId: request.questionId,
      prompt: request.prompt,
      inputType: request.inputType,
      ...(request.choices !== undefined && { choices: request.choices }),
      timeoutMs: Math.max(0, Date.parse(request.expiresAt) - Date.now()),
    });
    this.#answered?.resolve();
  }

  resume(inputValue: string, isExpired: boolean): void {
    if (this.#pendingInput === undefined) return;
    const { questionId } = this.#pendingInput;
    this.#status = "running";
    this.#pendingInput = undefined;
    this.#report({
      type: isExpired ? "input-expired" : "input-accepted",
      executionId: this.id,
      questionId,
      inputValue,
    });
  }

  /** Ends the execution. @returns whether this was the end that counts. */
  finish(outcome: Outcome | Interruption): boolean {
    if (this.isSettled) return false;
    this.#status = outcome.kind;
    this.#completedAt = Date.now();
    this.#pendingInput = undefined;
    if (outcome.kind === "completed") this.#complete(outcome);
    else if (outcome.kind === "cancelled") this.#cancel(outcome.how);
    else this.#fail(outcome);
    this.#answered?.resolve();
    this.#settled?.resolve();
    this.#answered = undefined;
    this.#settled = undefined;
    return true;
  }

  /** The body of `POST /api/kiro/execute`. */
  response(): ExecuteResponse {
    return responseOf(this);
  }

  /** The execution as a resource. */
  record(): ExecutionRecord {
    return recordOf(this);
  }

  #report(event: EventPayload): void {
    this.#tell(event, this);
  }

  #complete(outcome: Outcome & { kind: "completed" }): void {
    const { output, exitCode, isTruncated } = outcome;
    if (output !== undefined) this.output.append(output);
    if (isTruncated === true) this.output.markTruncated();
    this.#end = endFieldsOf(outcome);
    this.#report({
      type: "command-completed",
      executionId: this.id,
      success: true,
      output: this.output.text,
      ...(exitCode !== undefined && { exitCode }),
      executionTimeMs: this.elapsedMs,
    });
  }

  #fail(outcome: (Outcome & { kind: "failed" }) | Interruption): void {
    const { kind, error, code, failure } = outcome;
    this.#end = { error, code, ...(kind === "failed" && endFieldsOf(outcome)) };
    this.#failure = failure;
    if (failure !== undefined) failure.executionId = this.id;
    const recoverable = failure?.recoverable ?? true;
    const status = kind === "interrupted" ? { status: kind } : {};
    this.#report({ type: "command-error", executionId: this.id, error, errorCode: code, recoverable, ...status });
  }

  #cancel(how: Exclude<CancelWay, "not-cancellable">): void {
    this.#cancelledHow = how;
    this.#end = { error: how === "dequeued" ? "Cancelled before it started." : "Cancelled while it was running." };
    this.#report({ type: "command-cancelled", executionId: this.id, how });
  }
}
