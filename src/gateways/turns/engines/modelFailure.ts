import type { Execution } from "../../../core/executions/execution.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { failureOf, type TurnFailure } from "../answer/turnOutcome.ts";

/**
 * Returns the failure of the execution of a request to a model. Clients may repeat it, because a model has done nothing; but
 * not one that was cancelled.
 */
export function failureOfModel(execution: Execution): TurnFailure {
  const { failure, end, status } = execution;
  if (status === "cancelled") return failureOf(execution, true);
  if (failure !== undefined) return { error: failure, hasBegun: false };
  const { code = "INTERNAL_ERROR", error = "The model has not ended its answer." } = end;
  return { error: new BridgeError(code, error), hasBegun: false };
}
