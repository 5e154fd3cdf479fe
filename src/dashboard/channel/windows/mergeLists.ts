import { compareNewestFirst, orderOf, unknownOrder } from "../../../core/executions/runOrder.ts";
import type { ExecutionList, ExecutionRecord } from "../../../protocol/executions.ts";

/**
 * Merges pages of several lists, which were requested with the same query, into one page: newest first, each execution
 * once, as the first list has it. Ends where the first of the pages ends, because later executions of that list are not known.
 */
export function mergeLists(lists: readonly ExecutionList[]): ExecutionList {
  const nextCursor = lists
    .flatMap((list) => list.nextCursor ?? [])
    .toSorted(byOrder)
    .at(0);
  const byId = new Map<string, ExecutionRecord>();
  for (const { executions } of lists)
    for (const execution of executions) if (!byId.has(execution.id)) byId.set(execution.id, execution);
  const executions = [...byId.values()]
    .filter(({ id }) => nextCursor === undefined || byOrder(id, nextCursor) <= 0)
    .toSorted((a, b) => byOrder(a.id, b.id));
  return { executions, ...(nextCursor !== undefined && { nextCursor }) };
}

function byOrder(a: string, b: string): number {
  return compareNewestFirst(orderOf(a) ?? unknownOrder, orderOf(b) ?? unknownOrder);
}
