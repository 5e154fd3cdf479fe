import { Emitter } from "../../base/events.ts";
import type { Disposable } from "../../base/disposables.ts";
import type { DashboardResults, ExecutionRow } from "../contract/dashboard.ts";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";

const PAGE = 200;
/** The length of the output that a list shows, in characters. */
const SHOWN_OUTPUT = 300;

export interface HistoryQuery {
  readonly search?: string | undefined;
  readonly status?: ExecutionStatus | undefined;
  /** Only the executions of this window. */
  readonly windowId?: string | undefined;
}

type Page = DashboardResults["listExecutions"];
type LoadPage = (query: HistoryQuery & { limit: number; cursor?: string }) => Promise<Page>;

/** The executions that have ended, newest first, read page by page as the list is scrolled. */
export class HistoryPages implements Disposable {
  readonly #load: LoadPage;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #rows: readonly ExecutionRow[] = [];
  #query: HistoryQuery = {};
  #cursor: string | undefined;
  #isLoading = false;
  #error: string | undefined;
  #generation = 0;
  /** Executions that ended while the list is read: the host may have made its answer before. */
  #endedMeanwhile: ExecutionRow[] = [];

  constructor(load: LoadPage) {
    this.#load = load;
  }

  get rows(): readonly ExecutionRow[] {
    return this.#rows;
  }

  get query(): HistoryQuery {
    return this.#query;
  }

  get isLoading(): boolean {
    return this.#isLoading;
  }

  get hasMore(): boolean {
    return this.#cursor !== undefined;
  }

  /** The message of the error if the list cannot be read. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Shows these rows until the host has answered. */
  restore(rows: readonly ExecutionRow[], query: HistoryQuery): void {
    this.#rows = rows;
    this.#query = query;
  }

  /** Reads the list again. Discards the results of earlier queries. */
  async ask(query: HistoryQuery = this.#query): Promise<void> {
    this.#query = query;
    this.#generation++;
    this.#cursor = undefined;
    await this.#read(undefined);
  }

  async more(): Promise<void> {
    if (this.#isLoading || this.#cursor === undefined) return;
    await this.#read(this.#cursor);
  }

  /** Inserts an execution that has ended, in the order of start times, if it matches the query. */
  add(row: ExecutionRow): void {
    if (this.#isLoading) this.#endedMeanwhile.push(row);
    if (this.#insert(row)) this.#changed.fire();
  }

  #insert(row: ExecutionRow): boolean {
    if (!fits(row, this.#query) || this.#rows.some(({ id }) => id === row.id)) return false;
    const place = this.#rows.findIndex(({ startedAt }) => startedAt <= row.startedAt);
    this.#rows = this.#rows.toSpliced(place < 0 ? this.#rows.length : place, 0, {
      ...row,
      output: row.output.slice(0, SHOWN_OUTPUT),
    });
    return true;
  }

  dispose(): void {
    this.#generation++;
    this.#changed.dispose();
  }

  async #read(cursor: string | undefined): Promise<void> {
    const generation = this.#generation;
    this.#endedMeanwhile = [];
    this.#isLoading = true;
    this.#changed.fire();
    try {
      const page = await this.#firstRows(cursor, generation);
      if (generation !== this.#generation) return;
      this.#rows = cursor === undefined ? page.rows : [...this.#rows, ...without(page.rows, this.#rows)];
      for (const row of this.#endedMeanwhile) this.#insert(row);
      this.#cursor = page.nextCursor;
      this.#error = undefined;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#error = error instanceof Error ? error.message : String(error);
    }
    this.#isLoading = false;
    this.#changed.fire();
  }

  /** Skips empty pages that are not the last: a search ends its page when it has taken too long. */
  async #firstRows(cursor: string | undefined, generation: number): Promise<Page> {
    let page: Page = { rows: [], ...(cursor !== undefined && { nextCursor: cursor }) };
    do {
      const { nextCursor } = page;
      page = await this.#load({ ...this.#query, limit: PAGE, ...(nextCursor !== undefined && { cursor: nextCursor }) });
    } while (page.rows.length === 0 && page.nextCursor !== undefined && generation === this.#generation);
    return page;
  }
}

function without(rows: readonly ExecutionRow[], known: readonly ExecutionRow[]): ExecutionRow[] {
  const ids = new Set(known.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id));
}

/** Matches like the search of the host: the text in the command, an argument, the output or the error. */
export function fits(
  row: Pick<ExecutionRow, "command" | "args" | "output" | "error" | "status" | "windowId">,
  query: HistoryQuery,
): boolean {
  const { command, args, output, error = "", status } = row;
  if (query.windowId !== undefined && row.windowId !== query.windowId) return false;
  if (query.status !== undefined && status !== query.status) return false;
  const wanted = (query.search ?? "").toLowerCase();
  return wanted === "" || [command, ...args, output, error].some((text) => text.toLowerCase().includes(wanted));
}
