import type { BridgeError } from "../../protocol/errors.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";
import type { CancelWay, Requester } from "../../protocol/executions.ts";
import type { InputRequest, WaitingFor } from "../../protocol/input.ts";
import {
  type AgentEvent,
  type EndFields,
  type ExecutionRef,
  endEventOf,
  type ExecutionState,
  finalStateOf,
  type Interruption,
  Progress,
  questionEventOf,
  queued,
} from "./executionState.ts";
import { type ExecutionOrigin, originOf } from "./executionOrigin.ts";
import type { KeptOutput } from "./keptOutput.ts";
import type { Outcome } from "../ports.ts";
import type { Task } from "../commands/target.ts";
import type { Answerable } from "../commands/submission.ts";
import { weightOf } from "./weight.ts";

/** Weight of an execution without text. */
const EMPTY = 1000;

const happened = Promise.resolve();
const noOutput = { text: "", length: 0, isTruncated: false };
const noEnd: EndFields = {};

export interface ExecutionOptions extends ExecutionOrigin {
  readonly id: string;
  readonly task: Task;
  readonly taskWeight: number;
  readonly target: string;
  readonly windowId: string;
  /** Receives every step as an event. */
  readonly report: (event: EventPayload, execution: Execution) => void;
}

/**
 * One command from request to end: the single record and state machine (docs/wire-contract.md#43-life-of-an-execution),
 * `queued → running ⇄ waiting-input → completed
 * failed
 * cancelled
 * interrupted`. Transitions that do not fit the current state are ignored, so the first end wins. All mutable data is
 * in the state, and each state only has the data that belongs to it.
 */
export class Execution implements Answerable {
  readonly id: string;
  readonly task: Task;
  readonly target: string;
  readonly windowId: string;
  readonly requestedBy: Requester | undefined;
  readonly parentId: string | undefined;
  readonly rootId: string | undefined;
  readonly traceparent: string | undefined;
  readonly queuedAt = Date.now();
  /** Weight of the request, in characters, without the input of a gateway. */
  readonly taskWeight: number;
  readonly isKept = true;
  readonly #tell: ExecutionOptions["report"];
  /** Identifies this execution in its events. */
  readonly #of: ExecutionRef;
  #state: ExecutionState = queued();

  constructor(options: ExecutionOptions) {
    this.id = options.id;
    this.task = options.task;
    this.taskWeight = options.taskWeight;
    this.target = options.target;
    this.windowId = options.windowId;
    this.requestedBy = options.requestedBy;
    this.parentId = options.parentId;
    this.rootId = options.rootId;
    this.traceparent = options.traceparent;
    this.#tell = options.report;
    const principalId = options.requestedBy?.principal?.id;
    this.#of = { executionId: options.id, ...(principalId !== undefined && { principalId }) };
  }

  /** Resolves when the execution is final. Never rejects. */
  get settled(): Promise<void> {
    const state = this.#state;
    if (state.completedAt !== undefined) return happened;
    return (state.waiters.settled ??= Promise.withResolvers<void>()).promise;
  }

  /** Resolves when a synchronous client gets its response: at the end, or at the first question. Never rejects. */
  get answered(): Promise<void> {
    const state = this.#state;
    if (state.completedAt !== undefined || this.questions > 0) return happened;
    return (state.waiters.answered ??= Promise.withResolvers<void>()).promise;
  }

  get status(): ExecutionStatus {
    return this.waitingFor === undefined ? this.#state.status : "waiting-input";
  }

  /** Set while it waits for something that is not an answer. */
  get waitingFor(): WaitingFor | undefined {
    return this.#state.status === "running" && this.#state.progress.isParked ? "caller-tool" : undefined;
  }

  get isSettled(): boolean {
    return this.#state.completedAt !== undefined;
  }

  /** Set if the bridge could not run the command, or if it timed out: the response is then an HTTP error. */
  get failure(): BridgeError | undefined {
    const state = this.#state;
    return state.status === "failed" || state.status === "interrupted" ? state.failure : undefined;
  }

  /**
   * True if certainly nothing was executed: it ended in the queue, or failed for a temporary reason before the work
   * started. The same request may then be repeated.
   */
  get ranNothing(): boolean {
    const { failure } = this;
    if (failure === undefined) return false;
    const { progress } = this.#state;
    return progress === undefined || (failure.recoverable && !progress.hasBegun);
  }

  get cancelledHow(): CancelWay | undefined {
    return this.#state.status === "cancelled" ? this.#state.how : undefined;
  }

  /** The result or error in its wire format; empty before the end. */
  get end(): EndFields {
    return this.#state.completedAt === undefined ? noEnd : this.#state.end;
  }

  get startedAt(): number | undefined {
    return this.#state.progress?.startedAt;
  }

  get completedAt(): number | undefined {
    return this.#state.completedAt;
  }

  get output(): Pick<KeptOutput, "text" | "length" | "isTruncated"> {
    return this.#state.progress?.output ?? noOutput;
  }

  get pendingInput(): InputRequest | undefined {
    return this.#state.status === "waiting-input" ? this.#state.pendingInput : undefined;
  }

  /** Number of questions asked, including the pending one. */
  get questions(): number {
    return this.#state.progress?.questions ?? 0;
  }

  get sessionId(): string | undefined {
    return this.#state.progress?.sessionId;
  }

  /** Milliseconds from its start to its end or to now; 0 before its start. */
  get elapsedMs(): number {
    const { progress, completedAt = Date.now() } = this.#state;
    return progress === undefined ? 0 : Math.max(0, completedAt - progress.startedAt);
  }

  /** Memory in characters. Constant after the end. */
  get weight(): number {
    const { result, error = "" } = this.end;
    const { length, text } = this.output;
    // A textual result shares its text with the output.
    const resultWeight = result === undefined || result === text ? 0 : weightOf(result);
    return EMPTY + this.taskWeight + length + error.length + resultWeight + weightOf(this.failure?.context);
  }

  /** Reports that it waits in the queue; `position` counts those before it. */
  reportQueued(position: number): void {
    this.#report({
      type: "command-queued",
      ...this.#of,
      command: this.task.command,
      position,
      target: this.target,
      ...originOf(this),
    });
  }

  start(): void {
    const state = this.#state;
    if (state.status !== "queued") return;
    this.#state = { status: "running", waiters: state.waiters, progress: new Progress() };
    const { command, args } = this.task;
    this.#report({ type: "command-started", ...this.#of, command, args, target: this.target, ...originOf(this) });
  }

  /** Records that the work is about to start, and so may be done whatever is reported later. */
  begin(): void {
    const { progress } = this.#state;
    if (progress !== undefined) progress.hasBegun = true;
  }

  appendOutput(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    const progress = this.#activeProgress;
    if (progress === undefined || text === "") return;
    progress.hasBegun = true;
    if (stream === "stdout") progress.output.append(text);
    this.#report({ type: "command-output", ...this.#of, output: text, stream });
  }

  /** Retracts the end of the output. */
  retractOutput(length: number): void {
    const progress = this.#activeProgress;
    if (progress === undefined || length <= 0) return;
    progress.output.retract(length);
    this.#report({ type: "output-retracted", ...this.#of, length });
  }

  /** Reports what an agent does in its turn. */
  reportAgent(event: AgentEvent): void {
    const progress = this.#activeProgress;
    if (progress === undefined) return;
    progress.hasBegun = true;
    this.#report({ ...event, ...this.#of });
  }

  speaksIn(sessionId: string): void {
    const progress = this.#activeProgress;
    if (progress !== undefined) progress.sessionId = sessionId;
  }

  /** Records that it waits for the result of a tool of its caller, or goes on. While a question is open, that comes first. */
  park(isParked: boolean): void {
    const progress = this.#activeProgress;
    if (progress === undefined || progress.isParked === isParked) return;
    progress.isParked = isParked;
    if (this.#state.status === "running") this.#reportWait();
  }

  waitForInput(request: InputRequest): void {
    const state = this.#state;
    if (state.status !== "running") return;
    const { waiters, progress } = state;
    this.#state = { status: "waiting-input", waiters, progress, pendingInput: request };
    progress.questions++;
    progress.hasBegun = true;
    this.#report(questionEventOf(request, this.#of));
    waiters.answered?.resolve();
  }

  resume(inputValue: string, isExpired: boolean): void {
    const state = this.#state;
    if (state.status !== "waiting-input") return;
    const { waiters, progress, pendingInput } = state;
    this.#state = { status: "running", waiters, progress };
    this.#report({
      type: isExpired ? "input-expired" : "input-accepted",
      ...this.#of,
      questionId: pendingInput.questionId,
      inputValue,
    });
    if (progress.isParked) this.#reportWait();
  }

  /** Ends the execution. @returns false if it had already ended */
  finish(outcome: Outcome | Interruption): boolean {
    const before = this.#state;
    if (before.completedAt !== undefined) return false;
    const final = finalStateOf(outcome, before);
    if (final === undefined) return false;
    if (outcome.kind === "completed") {
      if (outcome.output !== undefined) final.progress?.output.append(outcome.output);
      if (outcome.isTruncated === true) final.progress?.output.markTruncated();
    }
    this.#state = final;
    if (this.failure !== undefined) this.failure.executionId = this.id;
    this.#report(endEventOf(final, this.#of, this.elapsedMs));
    before.waiters.answered?.resolve();
    before.waiters.settled?.resolve();
    return true;
  }

  #reportWait(): void {
    const { waitingFor } = this;
    this.#report({ type: "wait-changed", ...this.#of, ...(waitingFor !== undefined && { waitingFor }) });
  }

  #report(event: EventPayload): void {
    this.#tell(event, this);
  }

  /** Undefined before the start and after the end, when nothing is added any more. */
  get #activeProgress(): Progress | undefined {
    return this.#state.completedAt === undefined ? this.#state.progress : undefined;
  }
}
