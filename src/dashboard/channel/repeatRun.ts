import { executeRequestSchema, type ExecuteRequest, type ExecutionRecord } from "../../protocol/executions.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { validate } from "../../protocol/validate.ts";

/** Returns true if the record contains the whole request: the history may have kept less. */
export function isRepeatable({ contentOmitted, contentTruncated, contentMasked }: ExecutionRecord): boolean {
  return contentOmitted !== true && contentTruncated !== true && contentMasked !== true;
}

/**
 * Returns the request that repeats an execution in the same session, without its timeout, which is not recorded.
 * @throws BridgeError CONFLICT for an incomplete record; VALIDATION_FAILED for one that cannot be requested
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
