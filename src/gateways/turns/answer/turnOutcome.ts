import * as z from "zod";
import type { Execution } from "../../../core/executions/execution.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { StopReason, Usage } from "../turn.ts";

const reportedSchema = z
  .object({ credits: z.number().exactOptional(), contextPercent: z.number().exactOptional() })
  .catch({});

/** The cost of a turn, as its agent reports it. */
export type ReportedUsage = Pick<Usage, "credits" | "contextPercent">;

/** The end of a turn without an answer. */
export interface TurnFailure {
  readonly error: BridgeError;
  /** The agent may have worked. */
  readonly hasBegun: boolean;
}

/**
 * Returns the failure of an execution that has not completed.
 * @param isReady true if an agent was about to get the prompt
 */
export function failureOf(execution: Execution, isReady: boolean): TurnFailure {
  const { failure, end, status } = execution;
  const hasBegun = isReady && !execution.ranNothing;
  if (status === "cancelled") {
    const message = hasBegun ? "The prompt was cancelled while the agent was working." : "The prompt was cancelled.";
    return { error: finalError(message, execution.id, { reason: "cancelled" }), hasBegun };
  }
  if (failure !== undefined && !hasBegun) return { error: failure, hasBegun };
  const { code = "COMMAND_EXECUTION_FAILED", error = "The agent has failed." } = end;
  return { error: finalError(error, execution.id, { ...failure?.context, cause: code }), hasBegun };
}

/** Returns the failure of a turn that is ended from outside. @param hasBegun see `TurnFailure` */
export function interruptedBy(why: BridgeError, executionId: string, hasBegun: boolean): TurnFailure {
  return {
    error: hasBegun ? finalError(why.message, executionId, { ...why.context, cause: why.code }) : why,
    hasBegun,
  };
}

/**
 * Creates an error with a status that no client takes for one that passes: repeating the prompt would have the agent do its
 * work twice.
 */
function finalError(message: string, executionId: string, context: Readonly<Record<string, unknown>>): BridgeError {
  const error = new BridgeError("INTERNAL_ERROR", message, context);
  error.executionId = executionId;
  return error;
}

/** Returns the reason for ACP's stop reason of a completed turn; undefined if it was cancelled. */
export function stopReasonOf(stopReason: string | undefined): StopReason | undefined {
  switch (stopReason) {
    case "cancelled":
      return undefined;
    case "max_tokens":
    case "max_turn_requests":
      return "length";
    case "refusal":
      return "refusal";
    default:
      return "end";
  }
}

/** Returns what the agent has reported in the result of a completed turn. */
export function reportedUsageOf({ end }: Execution): ReportedUsage {
  return reportedSchema.parse(end.result);
}
