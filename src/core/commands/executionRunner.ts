import type { Disposable } from "../../base/disposables.ts";
import { startDeadline, within } from "../../base/deadline.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import { bridgeStopping } from "../../protocol/unavailable.ts";
import type { AgentStep, Compaction } from "../../protocol/agents/agentStep.ts";
import type { CancelResponse } from "../../protocol/executions.ts";
import type { Execution } from "../executions/execution.ts";
import type { Interruption } from "../executions/executionState.ts";
import type { Lane, Turn } from "./lane.ts";
import type { Caller } from "../access/principal.ts";
import { accessEnded } from "../access/scopes.ts";
import type { Outcome, Question, RunContext, ToolCall } from "../ports.ts";
import { type LimitedPrincipal, limitedPrincipalOf } from "./principalLoads.ts";
import type { CommandTarget, Disconnection } from "./target.ts";

/** Grace period in milliseconds for work that obeys its signal: 10 s for the cancel ladder, and the kill after it. */
const ABORT_GRACE_MS = 15_000;

/** Collaborators shared by all runners. */
export interface ExecutionRunnerDeps {
  run(runner: ExecutionRunner): Promise<Outcome>;
  ask(runner: ExecutionRunner, question: Question): Promise<string>;
  suggestCommands(runner: ExecutionRunner, commandId: string): readonly string[];
  mayRun(runner: ExecutionRunner, commandId: string): boolean;
  /** Called when the work is about to start, and so needs no input of a gateway any more. */
  onBegan(execution: Execution): void;
  /** Called when the run has settled, possibly after the end of the execution. */
  onReleased(execution: Execution): void;
  /** Called when the execution is final and its slot is released. */
  onEnded(runner: ExecutionRunner): void;
  /** Logs an unexpected error and converts it to one that may be sent. */
  onUnexpected(error: unknown, execution: Execution): BridgeError;
}

export interface ExecutionRunnerOptions {
  readonly execution: Execution;
  readonly target: CommandTarget;
  readonly caller: Caller;
  readonly lane: Lane | undefined;
  readonly timeoutMs: number | undefined;
}

/**
 * Takes one execution from its lane to its end: the result of its run, a timeout, a cancellation, or the stop of the
 * bridge. Also the context of its run.
 */
export class ExecutionRunner implements Turn, RunContext {
  readonly execution: Execution;
  readonly target: CommandTarget;
  readonly caller: Caller;
  /** The one whose limits apply. */
  readonly principal: LimitedPrincipal;
  readonly #deps: ExecutionRunnerDeps;
  readonly lane: Lane | undefined;
  readonly #deadline: Disposable | undefined;
  /** Created on first use, because most editor commands never need it. */
  #abort: AbortController | undefined;
  #isRunning = false;
  #isOver = false;

  constructor({ execution, target, caller, lane, timeoutMs }: ExecutionRunnerOptions, deps: ExecutionRunnerDeps) {
    this.execution = execution;
    this.target = target;
    this.caller = caller;
    this.principal = limitedPrincipalOf(caller);
    this.lane = lane;
    this.#deps = deps;
    this.#deadline = timeoutMs === undefined ? undefined : startDeadline(timeoutMs, () => this.#expire(timeoutMs));
  }

  /** Aborted when the execution ends before its run. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get executionId(): string {
    return this.execution.id;
  }

  /** True from its start, also when its execution has ended before its run. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** True while it runs and nothing has ended it. */
  get isAtWork(): boolean {
    return this.#isRunning && !this.execution.isSettled && !this.signal.aborted;
  }

  began(): void {
    this.execution.begin();
    this.#deps.onBegan(this.execution);
  }

  output(text: string, stream?: "stdout" | "stderr"): void {
    this.execution.appendOutput(text, stream);
  }

  retract(length: number): void {
    this.execution.retractOutput(length);
  }

  ask(question: Question): Promise<string> {
    return this.#deps.ask(this, question);
  }

  toolCall(call: ToolCall): void {
    this.execution.reportAgent({ type: "tool-call", ...call });
  }

  step(step: AgentStep): void {
    this.execution.reportAgent({ type: "agent-step", ...step });
  }

  compacted(compaction: Compaction): void {
    this.execution.reportAgent({ type: "conversation-compacted", ...compaction });
  }

  park(isParked: boolean): void {
    this.execution.park(isParked);
  }

  speaksIn(sessionId: string): void {
    this.execution.speaksIn(sessionId);
  }

  suggestCommands(commandId: string): readonly string[] {
    return this.#deps.suggestCommands(this, commandId);
  }

  mayRun(commandId: string): boolean {
    return this.#deps.mayRun(this, commandId);
  }

  /** Starts the run, or queues it in its lane. */
  start(): void {
    if (this.lane === undefined) this.begin();
    else {
      const position = this.lane.positionOf(this.principal);
      if (position !== undefined) this.execution.reportQueued(position);
      this.lane.enter(this);
    }
  }

  begin(): void {
    this.#isRunning = true;
    void this.#run();
  }

  async cancel(): Promise<CancelResponse> {
    const { execution } = this;
    if (!this.#isRunning) this.#finish({ kind: "cancelled", how: "dequeued" });
    else if (this.#isCancellable) {
      this.#controller.abort();
      await within(execution.settled, ABORT_GRACE_MS, undefined);
    }
    return { status: execution.status, how: execution.cancelledHow ?? "not-cancellable" };
  }

  /** Ends the execution because the access of its principal has ended: rejects it in the queue, and cancels its run. */
  endAccess(): void {
    if (!this.#isRunning) this.#finish(failed(accessEnded()));
    else if (this.#isCancellable) this.#controller.abort();
  }

  /** Ends the execution because the bridge stops: reports it at once and aborts the run. */
  interrupt(): void {
    const stopped = bridgeStopping("The bridge was stopped while the command was queued or running.");
    this.#finish({ ...failed(stopped), kind: "interrupted" });
    if (this.#isRunning) this.#controller.abort(stopped);
  }

  /** Ends the execution if it is queued, or was started after the target was last known to be connected. */
  disconnect({ since, error }: Disconnection): void {
    const { startedAt } = this.execution;
    if (startedAt !== undefined && startedAt < since) return;
    this.#finish(failed(error(startedAt !== undefined)));
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    let outcome: Outcome;
    try {
      this.execution.start();
      outcome = await this.#deps.run(this);
    } catch (error) {
      outcome = failed(isBridgeError(error) ? error : this.#deps.onUnexpected(error, this.execution));
    }
    this.execution.finish(outcome);
    this.#deps.onReleased(this.execution);
    this.#leave();
  }

  /** Ends the execution before its run has settled, unless it is final. */
  #finish(outcome: Outcome | Interruption): void {
    this.execution.finish(outcome);
    if (!this.#isRunning) this.#deps.onReleased(this.execution);
    // A command that cannot be cancelled releases its slot while it is still running.
    if (!this.#isRunning || !this.#isCancellable) this.#leave();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#deadline?.dispose();
    this.#deps.onEnded(this);
    this.lane?.leave(this);
  }

  get #isCancellable(): boolean {
    return this.target.isCancellable;
  }

  get #controller(): AbortController {
    return (this.#abort ??= new AbortController());
  }

  /** Ends the execution after its timeout. */
  #expire(timeoutMs: number): void {
    const { execution } = this;
    const late = timeoutError(execution, timeoutMs, this.#isCancellable || !this.#isRunning);
    if (!this.#isRunning || !this.#isCancellable) {
      this.#finish(failed(late));
      return;
    }
    this.#controller.abort(late);
    void within(execution.settled, ABORT_GRACE_MS, undefined).then(() => execution.finish(failed(late)));
  }
}

/**
 * Converts an unexpected error. The client gets the ID of the execution, and the log the details: a message may
 * contain paths (docs/wire-contract.md#3-errors).
 */
export function internalError(error: unknown, { id, target }: Execution, logger: Logger): BridgeError {
  logger.error("An execution failed with an internal error", { id, target, error: messageOf(error) });
  return new BridgeError("INTERNAL_ERROR", `An internal error occurred. The log has details under ${id}.`, {
    errorId: id,
  });
}

function failed(failure: BridgeError): Outcome & { readonly kind: "failed"; readonly failure: BridgeError } {
  return { kind: "failed", error: failure.message, code: failure.code, failure };
}

function timeoutError(execution: Execution, timeoutMs: number, isStopped: boolean): BridgeError {
  const rest = isStopped ? "it was cancelled" : "it cannot be stopped, and its result will be discarded";
  return new BridgeError("OPERATION_TIMEOUT", `The command did not finish within ${timeoutMs} ms; ${rest}.`, {
    operation: "command-execution",
    timeoutMs,
    elapsedMs: Date.now() - execution.queuedAt,
  });
}
