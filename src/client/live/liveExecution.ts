import type { ErrorCode, ExecutionStatus, PendingInput, UnavailableCause } from "../wireTypes.ts";

/** An execution as its events describe it. Immutable, so that changes are detected by identity. */
export interface LiveExecution {
  readonly id: string;
  readonly windowId: string;
  readonly command: string;
  /** Empty until it starts. */
  readonly args: readonly string[];
  readonly target?: string | undefined;
  readonly status: ExecutionStatus;
  /** ISO time; while it is queued, the time when it was queued. */
  readonly startedAt: string;
  readonly completedAt?: string | undefined;
  readonly executionTimeMs?: number | undefined;
  /** Number of executions before it, when it was queued. */
  readonly position?: number | undefined;
  /** The end of its output. */
  readonly output: string;
  /** True if the beginning of the output was removed. */
  readonly isOutputCut?: boolean | undefined;
  readonly error?: string | undefined;
  readonly code?: ErrorCode | undefined;
  /** With KIRO_UNAVAILABLE: the exact cause. */
  readonly cause?: UnavailableCause | undefined;
  /** Set in the status `waiting-input` without a question. */
  readonly waitingFor?: "caller-tool" | undefined;
  /** The question that waits for an answer. */
  readonly question?: PendingInput | undefined;
  /** The running tool. */
  readonly tool?: string | undefined;
}
