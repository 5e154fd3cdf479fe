import { BridgeError } from "../protocol/errors.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { ExecutionList, ExecutionListQuery, ExecutionRecord } from "../protocol/executions.ts";
import type { RecordedEvent, RecordedRun, RunExport, Versions } from "../protocol/runExport.ts";
import { maySee, type Principal } from "../core/access/principal.ts";
import type { EventLog } from "../core/events/eventLog.ts";
import type { Execution } from "../core/executions/execution.ts";
import { ExecutionPage } from "./executionPage.ts";
import { previewOf } from "./executionPreview.ts";
import type { ExecutionLog } from "../core/executions/executionLog.ts";
import type { Journal } from "./journal/journal.ts";
import { type IndexedRun, JournalIndex } from "./journal/journalIndex.ts";
import { principalKey } from "./journal/journalLines.ts";
import { JournalReader } from "./journal/journalReader.ts";
import { Pace } from "../base/pace.ts";
import type { Redactor } from "../core/privacy/redactor.ts";
import { maskedRun } from "./maskedRun.ts";
import { compareNewestFirst, orderOf, type RunOrder, unknownOrder } from "../core/executions/runOrder.ts";
import { TextSearch } from "./textSearch.ts";
import { recordOf } from "./executionRecord.ts";

/** The executions of this bridge, of earlier ones, and of other windows. */
export interface History {
  /**
   * Lists the executions that the viewer may see as previews, newest first. The cursor is the ID of the last one examined. A page ends at its
   * limit, at about 1 MiB, or when the search times out: an empty page is not necessarily the last.
   * @param previewLength length of each preview in characters
   */
  list(query: ExecutionListQuery, viewer: Principal, previewLength?: number): Promise<ExecutionList>;
  /** Returns an execution, unless it is unknown or the viewer may not see it. */
  find(id: string, viewer: Principal): Promise<ExecutionRecord | undefined>;
  /** Returns an execution of any principal. */
  get(id: string): Promise<ExecutionRecord | undefined>;
  /** Removes all executions that have ended, also from the files of all windows, and what else is kept of them. */
  clear(): Promise<void>;
  /** Returns one execution with its steps. @throws BridgeError NOT_FOUND */
  getRun(id: string): Promise<RecordedRun>;
  /** Returns one execution for a file to share, with secrets redacted. @throws BridgeError NOT_FOUND */
  exportRun(id: string): Promise<RunExport>;
}

/** Timeout for a page in milliseconds. */
export const MAX_SEARCH_MS = 2000;

export interface RunHistoryDeps {
  readonly executions: ExecutionLog;
  readonly events: EventLog;
  /** Undefined if nothing is persisted. */
  readonly journal: Journal | undefined;
  readonly versions: Versions;
  /** Masks exports. */
  readonly redactor: Redactor;
  /** Removes from the disk what others keep of executions. */
  readonly clearOthers?: () => Promise<void>;
  /** Timeout for a page in milliseconds. Default: 2 s. */
  readonly maxSearchMs?: number;
}

const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);

/** An execution in memory or in the journal. */
type Found =
  | { readonly order: RunOrder; readonly execution: Execution }
  | { readonly order: RunOrder; readonly run: IndexedRun };

/** Merges executions in memory and in the journal into one list. */
export class RunHistory implements History {
  readonly #deps: RunHistoryDeps;
  readonly #index: JournalIndex | undefined;

  constructor(deps: RunHistoryDeps) {
    this.#deps = deps;
    this.#index = deps.journal === undefined ? undefined : new JournalIndex(deps.journal.folder);
  }

  async list(query: ExecutionListQuery, viewer: Principal, previewLength?: number): Promise<ExecutionList> {
    await this.#refresh();
    const isVisible = visibleTo(viewer);
    return this.#reading(async (reader) => {
      const pace = new Pace();
      const search = new TextSearch(query.search ?? "", pace);
      const page = new ExecutionPage(query.limit);
      const deadline = performance.now() + (this.#deps.maxSearchMs ?? MAX_SEARCH_MS);
      const isTooOld = olderThanParent(query.parentId);
      let seen: string | undefined;
      for (const found of this.#after(query.cursor)) {
        await pace.pause();
        if (isTooOld(found)) break;
        // Neither the cursor nor the time of a page depends on what others have run.
        if (!isVisible(found)) continue;
        if (seen !== undefined && performance.now() > deadline) return page.list(seen);
        const record = this.#mayMatch(found, query) ? await readRecord(found, reader) : undefined;
        const isWanted = record !== undefined && isChildOf(record, query.parentId) && (await matches(record, search));
        if (isWanted && !page.add(previewOf(record, previewLength))) return page.list(seen);
        seen = idOf(found);
      }
      return page.list(undefined);
    });
  }

  async find(id: string, viewer: Principal): Promise<ExecutionRecord | undefined> {
    const record = await this.get(id);
    return maySee(viewer, "history:read", record?.requestedBy?.principal?.id) ? record : undefined;
  }

  async get(id: string): Promise<ExecutionRecord | undefined> {
    const execution = this.#deps.executions.get(id);
    if (execution !== undefined) return recordOf(execution);
    const run = await this.#indexed(id);
    return run === undefined ? undefined : this.#reading(async (reader) => reader?.record(run));
  }

  async clear(): Promise<void> {
    this.#deps.executions.clear();
    await this.#deps.journal?.clear();
    await this.#deps.clearOthers?.();
  }

  async getRun(id: string): Promise<RecordedRun> {
    const execution = await this.get(id);
    if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
    return { execution, ...(await this.#stepsOf(execution)) };
  }

  async exportRun(id: string): Promise<RunExport> {
    const exported: RunExport = {
      format: "kiro-bridge-run",
      formatVersion: 1,
      exportedAt: new Date().toISOString(),
      ...(await this.getRun(id)),
    };
    return maskedRun(exported, this.#deps.redactor);
  }

  async #refresh(): Promise<void> {
    await this.#deps.journal?.flush();
    await this.#index?.refresh();
  }

  async #indexed(id: string): Promise<IndexedRun | undefined> {
    await this.#refresh();
    return this.#index?.get(id);
  }

  async #reading<T>(read: (reader: JournalReader | undefined) => Promise<T>): Promise<T> {
    const reader = this.#index === undefined ? undefined : new JournalReader(this.#index);
    try {
      return await read(reader);
    } finally {
      await reader?.dispose();
    }
  }

  /** Iterates over the executions after the cursor, newest first, without duplicates. */
  *#after(cursor: string | undefined): Generator<Found> {
    const start = cursor === undefined ? undefined : orderOf(cursor);
    for (const found of this.#newestFirst()) {
      if (start === undefined || compareNewestFirst(found.order, start) > 0) yield found;
    }
  }

  *#newestFirst(): Generator<Found> {
    const { executions } = this.#deps;
    const inMemory = [...executions.all.values()]
      .map((execution) => ({ order: orderOf(execution.id) ?? unknownOrder, execution }))
      .toSorted((a, b) => compareNewestFirst(a.order, b.order));
    let at = 0;
    for (const run of this.#index?.newestFirst ?? []) {
      if (executions.get(run.id) !== undefined) continue;
      for (let next = inMemory[at]; next !== undefined && compareNewestFirst(next.order, run.order) <= 0; ) {
        yield next;
        next = inMemory[++at];
      }
      yield { order: run.order, run };
    }
    yield* inMemory.slice(at);
  }

  /** Filters by the indexed status before reading. */
  #mayMatch(found: Found, { status }: ExecutionListQuery): boolean {
    if (status === undefined) return true;
    if ("execution" in found) return found.execution.status === status;
    return (this.#index?.isInterrupted(found.run) === true ? "interrupted" : found.run.status) === status;
  }

  async #stepsOf(execution: ExecutionRecord): Promise<Pick<RecordedRun, "events" | "versions">> {
    const { events, versions } = this.#deps;
    const { id } = execution;
    const { events: inMemory } = events.read(0, (event) => "executionId" in event && event.executionId === id);
    const run = await this.#indexed(id);
    const isComplete = beginnings.has(inMemory[0]?.type ?? "");
    if (run === undefined || isComplete) return { events: inMemory.map(asRecorded), versions };
    return this.#reading(async (reader) => ({
      events: ((await reader?.events(run, execution)) ?? []).map(asRecorded),
      versions: (await reader?.versions(run)) ?? versions,
    }));
  }
}

/** Returns an event without its number among those of its window, which says nothing about the run. */
function asRecorded({
  windowEventId: _number,
  ...event
}: BridgeEvent | (RecordedEvent & { windowEventId?: unknown })): RecordedEvent {
  return event;
}

/** Returns a filter that needs no record: executions in the journal are indexed with their principals. */
function visibleTo(viewer: Principal): (found: Found) => boolean {
  if (viewer.scopes.has("history:read")) return () => true;
  const key = principalKey(viewer.id);
  return (found) =>
    "execution" in found
      ? maySee(viewer, "history:read", found.execution.requestedBy?.principal?.id)
      : found.run.principalKey === key && viewer.scopes.has("history:read:own");
}

/** Returns a filter for executions that began before a parent, and so are none of its children. */
function olderThanParent(parentId: string | undefined): (found: Found) => boolean {
  const parent = parentId === undefined ? undefined : orderOf(parentId);
  return ({ order }) => parent !== undefined && order.time < parent.time;
}

function isChildOf({ parentId }: ExecutionRecord, wanted: string | undefined): boolean {
  return wanted === undefined || parentId === wanted;
}

async function readRecord(found: Found, reader: JournalReader | undefined): Promise<ExecutionRecord | undefined> {
  return "execution" in found ? recordOf(found.execution) : reader?.record(found.run);
}

function idOf(found: Found): string {
  return "execution" in found ? found.execution.id : found.run.id;
}

async function matches({ command, args, output, error = "" }: ExecutionRecord, search: TextSearch): Promise<boolean> {
  return search.isForAll || search.isInAny([command, ...args, output, error]);
}
