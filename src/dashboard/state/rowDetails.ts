import type { LiveExecutions } from "../../client/live/liveExecutions.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { ExecutionRow } from "../contract/dashboard.ts";

/** Adds the details of a question that its event does not contain. */
export function addQuestionDetails(live: LiveExecutions, { id, question }: ExecutionRow): void {
  const known = live.get(id);
  if (known?.question === undefined || question?.questionId !== known.question.questionId) return;
  live.update({ ...known, question });
}

/** The events after which another number of executions is ahead of a queued one. */
const queueEvents: ReadonlySet<BridgeEvent["type"]> = new Set([
  "command-queued",
  "command-started",
  "command-error",
  "command-cancelled",
]);

/** Returns true if the positions in the queues may have changed. */
export function changesQueue({ type }: BridgeEvent): boolean {
  return queueEvents.has(type);
}

/** Sets how many executions are ahead of each queued one, by its ID. Events only report it when one is queued. */
export function placeInQueue(live: LiveExecutions, positions: Readonly<Record<string, number>>): void {
  for (const row of live.rows) {
    const position = positions[row.id];
    const hasMoved = row.status === "queued" && position !== undefined && position !== row.position;
    if (hasMoved) live.update({ ...row, position });
  }
}
