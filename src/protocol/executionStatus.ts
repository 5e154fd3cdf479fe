/** The statuses of an execution that has ended. */
export const finalStatuses = ["completed", "failed", "cancelled", "interrupted"] as const;
export type FinalStatus = (typeof finalStatuses)[number];

/** The statuses of an execution (docs/wire-contract.md#43-life-of-an-execution). */
export const executionStatuses = ["queued", "running", "waiting-input", ...finalStatuses] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export function isFinal(status: ExecutionStatus): status is FinalStatus {
  return status !== "queued" && status !== "running" && status !== "waiting-input";
}
