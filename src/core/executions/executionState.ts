import type { BridgeError, ErrorCode } from "../../protocol/errors.ts";
import type { AgentStep, Compaction } from "../../protocol/agents/agentStep.ts";
import { causeOf } from "../../protocol/unavailable.ts";
import type { EventPayload } from "../../protocol/events.ts";
import type { FinalStatus } from "../../protocol/executionStatus.ts";
import type { CancelWay, ExecuteResponse } from "../../protocol/executions.ts";
import type { InputRequest } from "../../protocol/input.ts";
import type { Outcome, ToolCall } from "../ports.ts";
import { KeptOutput } from "./keptOutput.ts";

/** The result or the error of an execution, by its names on the wire; empty until the execution has ended. */
export type EndFields = Pick<ExecuteResponse, "error" | "code" | "cause" | "result" | "exitCode" | "stopReason">;

/** Identifies an execution in its events. */
export interface ExecutionRef {
  readonly executionId: string;
  readonly principalId?: string;
}

/** A report of an agent about its turn, without its execution. */
export type AgentEvent =
  | ({ readonly type: "tool-call" } & ToolCall)
  | ({ readonly type: "agent-step" } & AgentStep)
  | ({ readonly type: "conversation-compacted" } & Compaction);

type ResultFields = Pick<EndFields, "result" | "exitCode" | "stopReason">;

/** The bridge was stopped before the end: the client gets an error, and the effects of the work are unknown. */
export interface Interruption {
  readonly kind: "interrupted";
  readonly error: string;
  readonly code: ErrorCode;
  readonly failure: BridgeError;
}

/**
 * The progress of a started execution. Shared by all states from the start on, so that a chunk of output allocates no
 * state.
 */
export class Progress {
  readonly startedAt = Date.now();
  readonly output = new KeptOutput();
  /** True once the work has started, and so may be done whatever is reported later. */
  hasBegun = false;
  /** Number of questions asked, including the pending one. */
  questions = 0;
  sessionId: string | undefined;
  /** True while it waits for the result of a tool of its caller. */
  isParked = false;
}

/** Promises of callers that wait for a transition, created on first use. */
interface Waiters {
  settled: PromiseWithResolvers<void> | undefined;
  answered: PromiseWithResolvers<void> | undefined;
}

interface Active {
  readonly completedAt?: undefined;
  readonly waiters: Waiters;
}

interface Queued extends Active {
  readonly status: "queued";
  readonly progress?: undefined;
}

interface Running extends Active {
  readonly status: "running";
  readonly progress: Progress;
}

interface WaitingInput extends Active {
  readonly status: "waiting-input";
  readonly progress: Progress;
  readonly pendingInput: InputRequest;
}

interface Final {
  readonly status: FinalStatus;
  readonly completedAt: number;
  /** Undefined if it ended in the queue. */
  readonly progress: Progress | undefined;
  readonly end: EndFields;
}

interface Completed extends Final {
  readonly status: "completed";
  readonly progress: Progress;
  readonly end: ResultFields;
}

interface Failed extends Final {
  readonly status: "failed";
  readonly end: EndFields & { readonly error: string; readonly code: ErrorCode };
  /** Undefined if the command itself failed. */
  readonly failure: BridgeError | undefined;
}

interface Cancelled extends Final {
  readonly status: "cancelled";
  readonly end: { readonly error: string };
  readonly how: Exclude<CancelWay, "not-cancellable">;
}

interface Interrupted extends Final {
  readonly status: "interrupted";
  readonly end: Pick<EndFields, "cause"> & { readonly error: string; readonly code: ErrorCode };
  readonly failure: BridgeError;
}

export type ActiveState = Queued | Running | WaitingInput;
export type FinalState = Completed | Failed | Cancelled | Interrupted;
export type ExecutionState = ActiveState | FinalState;

export function queued(): Queued {
  return { status: "queued", waiters: { settled: undefined, answered: undefined } };
}

/** Returns the state that an outcome leads to; undefined for the completion of something that was never started. */
export function finalStateOf(outcome: Outcome | Interruption, { progress }: ActiveState): FinalState | undefined {
  const completedAt = Date.now();
  switch (outcome.kind) {
    case "completed":
      if (progress === undefined) return undefined;
      return { status: outcome.kind, completedAt, progress, end: resultFieldsOf(outcome) };
    case "failed": {
      const { error, code, failure } = outcome;
      const end = { error, code, ...causeField(failure), ...resultFieldsOf(outcome) };
      return { status: outcome.kind, completedAt, progress, end, failure };
    }
    case "cancelled": {
      const { how } = outcome;
      const error = how === "dequeued" ? "Cancelled before it started." : "Cancelled while it was running.";
      return { status: outcome.kind, completedAt, progress, end: { error }, how };
    }
    case "interrupted": {
      const { error, code, failure } = outcome;
      return { status: outcome.kind, completedAt, progress, end: { error, code, ...causeField(failure) }, failure };
    }
  }
}

/** Returns the event that reports the end of an execution. */
export function endEventOf(state: FinalState, of: ExecutionRef, executionTimeMs: number): EventPayload {
  switch (state.status) {
    case "completed": {
      const { text: output } = state.progress.output;
      const { exitCode } = state.end;
      const code = exitCode === undefined ? {} : { exitCode };
      return { type: "command-completed", ...of, success: true, output, ...code, executionTimeMs };
    }
    case "failed":
    case "interrupted": {
      const { error, code: errorCode, cause } = state.end;
      const recoverable = state.failure?.recoverable ?? true;
      const status = state.status === "interrupted" ? { status: state.status } : {};
      return { type: "command-error", ...of, error, errorCode, ...(cause && { cause }), recoverable, ...status };
    }
    case "cancelled":
      return { type: "command-cancelled", ...of, how: state.how };
  }
}

function causeField(failure: BridgeError | undefined): Pick<EndFields, "cause"> {
  const cause = causeOf(failure);
  return cause === undefined ? {} : { cause };
}

function resultFieldsOf({ result, exitCode, stopReason }: EndFields): ResultFields {
  return {
    ...(result !== undefined && { result }),
    ...(exitCode !== undefined && { exitCode }),
    ...(stopReason !== undefined && { stopReason }),
  };
}

/** Returns the event of a question. */
export function questionEventOf(
  { questionId, prompt, inputType, choices, expiresAt }: InputRequest,
  of: ExecutionRef,
): EventPayload {
  return {
    type: "user-input-required",
    ...of,
    questionId,
    prompt,
    inputType,
    ...(choices !== undefined && { choices }),
    timeoutMs: Math.max(0, Date.parse(expiresAt) - Date.now()),
  };
}
