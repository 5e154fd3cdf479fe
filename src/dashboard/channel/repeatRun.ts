import { executeRequestSchema, type ExecuteRequest, type ExecutionRecord } from "../../protocol/executions.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { validate } from "../../protocol/validate.ts";

/** Returns whether the record has all that was requested: the history may have kept less. */
export function isRepeatable({ contentOmitted, contentTruncated }: ExecutionRecord): boolean {
  return contentOmitted !== true && contentTruncated !== true;
}

/**
 * Returns the request that asks for the same again, in the same session. Without its deadline, which no record has.
 * @throws BridgeError CONFLICT for a record that is not whole; VALIDATION_FAILED for one that nobody could have requested
 */
export function requestOf(record: ExecutionRecord): ExecuteRequest {
  if (!isRepeatable(record)) {
    throw new BridgeError(
      "CONFLICT",
      "The history did not keep all that was requested, so it cannot be requested again.",
    );
  }
  const { command, args, params, workspacePath, session } = record;
  return validate(executeRequestSchema, {
    command,
    ...(params === undefined ? args.length > 0 && { args } : { params }),
    ...(workspacePath !== undefined && { workspacePath }),
    ...(session !== undefined && { session }),
  });
}
