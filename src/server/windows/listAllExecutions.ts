import type { Caller } from "../../core/access/principal.ts";
import { compareNewestFirst, orderOf, type RunOrder, unknownOrder } from "../../core/executions/runOrder.ts";
import { ExecutionPage } from "../../history/executionPage.ts";
import { MAX_SEARCH_MS } from "../../history/runHistory.ts";
import {
  type ExecutionList,
  type ExecutionListQuery,
  executionListSchema,
  type ExecutionRecord,
} from "../../protocol/executions.ts";
import { PART_MS, partsOf } from "./askAll.ts";
import type { OtherWindow } from "./windows.ts";

/**
 * Merges the executions of this window and of others into one page, newest first. It ends where the first of their pages
 * does, because older executions of that window are not known yet.
 */
export async function listAllExecutions(
  others: readonly OtherWindow[],
  query: ExecutionListQuery,
  caller: Caller,
  listOwn: () => Promise<ExecutionList>,
): Promise<ExecutionList> {
  const path = `/api/kiro/executions?${parametersOf(query).toString()}`;
  // A search takes as long as this at most, and then has a page.
  const isSearch = query.search !== undefined || query.parentId !== undefined;
  const timeoutMs = PART_MS + (isSearch ? MAX_SEARCH_MS : 0);
  const [own, { parts, missing }] = await Promise.all([
    listOwn(),
    partsOf(others, { path, caller, timeoutMs }, executionListSchema),
  ]);
  const lists = [
    { id: undefined, list: own },
    ...parts.map(({ window, part }) => ({ id: window.record.id, list: part })),
  ];
  const page = pageOf(lists, query.limit);
  return { ...page, ...(missing.length > 0 && { missingWindows: [...missing] }) };
}

interface WindowList {
  /** The ID of another window. */
  readonly id: string | undefined;
  readonly list: ExecutionList;
}

function pageOf(lists: readonly WindowList[], limit: number): ExecutionList {
  const ends = lists.flatMap(({ list }) => list.nextCursor ?? []).toSorted(newestIdFirst);
  const [end] = ends;
  const page = new ExecutionPage(limit);
  let last: string | undefined;
  for (const execution of merged(lists)) {
    if (end !== undefined && newestIdFirst(execution.id, end) > 0) break;
    if (!page.add(execution)) return page.list(last);
    last = execution.id;
  }
  return page.list(end);
}

/** Sorts all executions. One that several windows have in their history is taken from its own window. */
function merged(lists: readonly WindowList[]): readonly ExecutionRecord[] {
  const responding = new Set(lists.map(({ id }) => id));
  const byId = new Map<string, ExecutionRecord>();
  for (const { id, list } of lists)
    for (const execution of list.executions) {
      const isOwn = execution.windowId === id;
      if (isOwn || (!responding.has(execution.windowId) && !byId.has(execution.id))) byId.set(execution.id, execution);
    }
  return [...byId.values()].toSorted((a, b) => newestIdFirst(a.id, b.id));
}

function newestIdFirst(a: string, b: string): number {
  return compareNewestFirst(orderFrom(a), orderFrom(b));
}

function orderFrom(id: string): RunOrder {
  return orderOf(id) ?? unknownOrder;
}

function parametersOf(query: ExecutionListQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters;
}
