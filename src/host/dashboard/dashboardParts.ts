import { randomUUID } from "node:crypto";
import type { Event } from "../../base/events.ts";
import { fits } from "../../client/historyPages.ts";
import type { EventSpan } from "../../core/eventLog.ts";
import type { ClientRecord } from "../../protocol/clients.ts";
import type { DashboardParams } from "../../protocol/dashboard.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import type { CancelResponse, ExecutionList, ExecutionRecord } from "../../protocol/executions.ts";
import type { InputAnswer } from "../../protocol/input.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import type { CliStatus } from "../../protocol/status.ts";
import type { Bridge } from "../compose.ts";
import { metricsOf } from "./metricsOf.ts";

/** The sequence of events, seen from a dashboard. */
export interface EventSource {
  readonly lastId: number;
  read(after: number): EventSpan;
  readonly onDidAppend: Event<BridgeEvent>;
}

/** What a dashboard needs of a running bridge, and nothing more. */
export interface DashboardParts {
  /** Of the events: another bridge has another one. */
  readonly epoch: string;
  readonly events: EventSource;
  /** What is not final, oldest first. */
  active(): readonly ExecutionRecord[];
  listExecutions(query: DashboardParams<"listExecutions">): Promise<ExecutionList>;
  getExecution(id: string): Promise<ExecutionRecord | undefined>;
  /** All that a report needs of one run, secrets left out. */
  exportRun?(id: string): Promise<unknown>;
  clearHistory?(): Promise<void>;
  cancel(id: string): Promise<CancelResponse>;
  answer(input: InputAnswer): void;
  metrics(): MetricsSnapshot;
  clients(): readonly ClientRecord[];
  /** @returns whether there was such a client. */
  disconnect?(id: string): boolean;
  cli(): CliStatus;
  readonly onDidChangeCli: Event<unknown>;
}

const epochs = new WeakMap<object, string>();

type Composed = Pick<Bridge, "executions" | "events" | "dispatcher" | "agent">;

/** The parts of a bridge as it is composed. */
export function partsOf(bridge: Composed): DashboardParts {
  const { executions, events, dispatcher, agent } = bridge;
  return {
    epoch: epochOf(events),
    events,
    active: () => [...executions.active].map((execution) => execution.record()),
    listExecutions: (query) => listEnded(bridge, query),
    getExecution: async (id) => executions.get(id)?.record(),
    cancel: (id) => dispatcher.cancel(id),
    answer: (input) => dispatcher.answer(input),
    metrics: () => metricsOf(executions.list({ limit: Number.POSITIVE_INFINITY }).executions, Date.now()),
    clients: () => [],
    cli: () => agent.status(),
    onDidChangeCli: agent.onDidChangeStatus,
  };
}

function epochOf(events: object): string {
  const epoch = epochs.get(events) ?? randomUUID();
  epochs.set(events, epoch);
  return epoch;
}

const active: ReadonlySet<string> = new Set(["queued", "running", "waiting-input"]);

async function listEnded(
  { executions }: Composed,
  { search, status, limit, cursor }: DashboardParams<"listExecutions">,
): Promise<ExecutionList> {
  const all = executions.list({ limit: Number.POSITIVE_INFINITY, ...(cursor !== undefined && { cursor }) }).executions;
  const query = { ...(search !== undefined && { search }), ...(status !== undefined && { status }) };
  const matching = all.filter((record) => !active.has(record.status) && fits(record, query));
  const page = matching.slice(0, limit);
  const last = page.at(-1);
  return { executions: page, ...(matching.length > limit && last !== undefined && { nextCursor: last.id }) };
}
