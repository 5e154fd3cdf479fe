import type { BridgeError, ErrorCode } from "../protocol/errors.ts";
import type { EventPayload } from "../protocol/events.ts";
import type { CancelWay, ExecuteResponse, ExecutionRecord, ExecutionStatus } from "../protocol/executions.ts";
import type { InputRequest } from "../protocol/input.ts";
import type { Json } from "../protocol/values.ts";
import type { Outcome, Task, ToolCall } from "./ports.ts";

/** How much text an execution keeps, in characters. More is passed on as events and not kept. */
export const MAX_KEPT_OUTPUT = 8 * 1024 * 1024;

const finalStatuses: ReadonlySet<ExecutionStatus> = new Set(["completed", "failed", "cancelled", "interrupted"]);

export interface ExecutionOptions {
  readonly id: string;
  readonly task: Task;
  readonly target: "editor" | "cli";
  readonly windowId: string;
  /** Receives every step as an event. */
  readonly report: (event: EventPayload) => void;
}

/**
 * One command on its way: the one record and the one state machine (wire contract §4),
 * `queued → running ⇄ waiting-input → completed | failed | cancelled | interrupted`.
 * A step that does not fit the present state is ignored: the first end counts.
 */
export class Execution {
  readonly id: string;
  readonly task: Task;
  readonly target: "editor" | "cli";
  readonly windowId: string;
  readonly queuedAt = Date.now();
  /** Resolves, never rejects, when the execution is final. */
  readonly settled: Promise<void>;
  /** Resolves, never rejects, when a synchronous caller gets an answer: at the end, or at the first question. */
  readonly answered: Promise<void>;
  readonly #report: (event: EventPayload) => void;
  readonly #settle: () => void;
  readonly #answer: () => void;
  #status: ExecutionStatus = "queued";
  #startedAt: number | undefined;
  #completedAt: number | undefined;
  #output: string[] = [];
  #outputLength = 0;
  #isTruncated = false;
  #result: Json | undefined;
  #exitCode: number | undefined;
  #error: string | undefined;
  #code: ErrorCode | undefined;
  #failure: BridgeError | undefined;
  #cancelledHow: CancelWay | undefined;
  #sessionId: string | undefined;
  #pendingInput: InputRequest | undefined;
  #questions = 0;

  constructor(options: ExecutionOptions) {
    this.id = options.id;
    this.task = options.task;
    this.target = options.target;
    this.windowId = options.windowId;
    this.#report = options.report;
    const settled = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    this.settled = settled.promise;
    this.#settle = settled.resolve;
    this.answered = answered.promise;
    this.#answer = answered.resolve;
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  get isSettled(): boolean {
    return finalStatuses.has(this.#status);
  }

  /** Set when the bridge could not run the command, or when a deadline ended it: then the answer is an HTTP error. */
  get failure(): BridgeError | undefined {
    return this.#failure;
  }

  get cancelledHow(): CancelWay | undefined {
    return this.#cancelledHow;
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

  /** Characters that are held in memory, roughly. */
  get weight(): number {
    return this.#outputLength + 1000;
  }

  /** Tells that it waits; `position` counts those before it. */
  waitInLine(position: number): void {
    this.#report({ type: "command-queued", executionId: this.id, command: this.task.command, position });
  }

  start(): void {
    if (this.#status !== "queued") return;
    this.#status = "running";
    this.#startedAt = Date.now();
    this.#report({
      type: "command-started",
      executionId: this.id,
      command: this.task.command,
      args: [...this.task.args],
    });
  }

  appendOutput(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    if (this.isSettled || text === "") return;
    if (stream === "stdout") this.#keep(text);
    this.#report({ type: "command-output", executionId: this.id, output: text, stream });
  }

  /** Takes back what was said last; what was cut at the limit is not counted twice. */
  retractOutput(length: number): void {
    if (this.isSettled || length <= 0) return;
    if (!this.#isTruncated) {
      this.#output = [this.#joinOutput().slice(0, -length)];
      this.#outputLength = this.#joinOutput().length;
    }
    this.#report({ type: "output-retracted", executionId: this.id, length });
  }

  toolCall(call: ToolCall): void {
    if (!this.isSettled) this.#report({ type: "tool-call", executionId: this.id, ...call });
  }

  speaksIn(sessionId: string): void {
    this.#sessionId = sessionId;
  }

  waitForInput(request: InputRequest): void {
    if (this.#status !== "running") return;
    this.#status = "waiting-input";
    this.#pendingInput = request;
    this.#questions++;
    this.#report({
      type: "user-input-required",
      executionId: this.id,
      questionId: request.questionId,
      prompt: request.prompt,
      inputType: request.inputType,
      ...(request.choices !== undefined && { choices: request.choices }),
      timeoutMs: Math.max(0, Date.parse(request.expiresAt) - Date.now()),
    });
    this.#answer();
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
  finish(outcome: Outcome): boolean {
    if (this.isSettled) return false;
    this.#status = outcome.kind;
    this.#completedAt = Date.now();
    this.#pendingInput = undefined;
    if (outcome.kind === "completed") this.#complete(outcome);
    else if (outcome.kind === "failed") this.#fail(outcome);
    else this.#cancel(outcome.how);
    this.#answer();
    this.#settle();
    return true;
  }

  /** The body of `POST /api/kiro/execute`. */
  response(): ExecuteResponse {
    const input = this.#pendingInput;
    return {
      success: this.#status === "completed",
      output: this.#joinOutput(),
      executionTimeMs: this.elapsedMs,
      executionId: this.id,
      status: this.#status,
      ...this.#endFields(),
      ...(input !== undefined && {
        requiresInput: true,
        questionId: input.questionId,
        prompt: input.prompt,
        inputType: input.inputType,
        ...(input.choices !== undefined && { choices: input.choices }),
      }),
    };
  }

  /** The execution as a resource. */
  record(): ExecutionRecord {
    const { command, args, params, workspacePath } = this.task;
    return {
      id: this.id,
      command,
      args: [...args],
      ...(params !== undefined && { params: [...params] }),
      ...(workspacePath !== undefined && { workspacePath }),
      startedAt: isoTime(this.#startedAt ?? this.queuedAt),
      ...(this.#completedAt !== undefined && { completedAt: isoTime(this.#completedAt) }),
      status: this.#status,
      output: this.#joinOutput(),
      target: this.target,
      queuedAt: isoTime(this.queuedAt),
      windowId: this.windowId,
      ...(this.#startedAt !== undefined && { executionTimeMs: this.elapsedMs }),
      ...this.#endFields(),
      ...(this.#pendingInput !== undefined && { pendingInput: this.#pendingInput }),
    };
  }

  #complete(outcome: Outcome & { kind: "completed" }): void {
    if (outcome.output !== undefined) this.#keep(outcome.output);
    if (outcome.isTruncated === true) this.#isTruncated = true;
    this.#result = outcome.result;
    this.#exitCode = outcome.exitCode;
    this.#report({
      type: "command-completed",
      executionId: this.id,
      success: true,
      output: this.#joinOutput(),
      ...(outcome.exitCode !== undefined && { exitCode: outcome.exitCode }),
      executionTimeMs: this.elapsedMs,
    });
  }

  #fail(outcome: Outcome & { kind: "failed" }): void {
    this.#error = outcome.error;
    this.#code = outcome.code;
    this.#result = outcome.result;
    this.#exitCode = outcome.exitCode;
    this.#failure = outcome.failure;
    if (this.#failure !== undefined) this.#failure.executionId = this.id;
    this.#report({
      type: "command-error",
      executionId: this.id,
      error: outcome.error,
      errorCode: outcome.code,
      recoverable: outcome.failure?.recoverable ?? true,
    });
  }

  #cancel(how: Exclude<CancelWay, "not-cancellable">): void {
    this.#cancelledHow = how;
    this.#error = how === "dequeued" ? "Cancelled before it started." : "Cancelled while it ran.";
    this.#report({ type: "command-cancelled", executionId: this.id, how });
  }

  #keep(text: string): void {
    const room = MAX_KEPT_OUTPUT - this.#outputLength;
    if (text.length > room) this.#isTruncated = true;
    if (room <= 0) return;
    const kept = text.length > room ? text.slice(0, room) : text;
    this.#output.push(kept);
    this.#outputLength += kept.length;
  }

  #joinOutput(): string {
    if (this.#output.length > 1) this.#output = [this.#output.join("")];
    return this.#output[0] ?? "";
  }

  #endFields(): Partial<ExecuteResponse> {
    return {
      ...(this.#error !== undefined && { error: this.#error }),
      ...(this.#code !== undefined && { code: this.#code }),
      ...(this.#result !== undefined && { result: this.#result }),
      ...(this.#exitCode !== undefined && { exitCode: this.#exitCode }),
      ...(this.#isTruncated && { outputTruncated: true }),
      ...(this.#sessionId !== undefined && { sessionId: this.#sessionId }),
    };
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
