import type { LiveExecutions } from "../../client/live/liveExecutions.ts";
import type { ExecutionRow } from "../contract/dashboard.ts";

/** Adds the details of a question that its event does not contain. */
export function addQuestionDetails(live: LiveExecutions, { id, question }: ExecutionRow): void {
  const known = live.get(id);
  if (known?.question === undefined || question?.questionId !== known.question.questionId) return;
  live.update({ ...known, question });
}

/** Sets how many executions are ahead of each queued one, by its ID. Events only report it when one is queued. */
export function placeInQueue(live: LiveExecutions, positions: Readonly<Record<string, number>>): void {
  for (const row of live.rows) {
    const position = positions[row.id];
    const hasMoved = row.status === "queued" && position !== undefined && position !== row.position;
    if (hasMoved) live.update({ ...row, position });
  }
}
