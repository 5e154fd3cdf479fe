import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { PrincipalKind } from "../../protocol/access.ts";
import { type BridgeEvent, finalStatusOf, isEnd } from "../../protocol/events.ts";
import type { FinalStatus } from "../../protocol/executionStatus.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import { owner } from "../access/principal.ts";
import { Activity } from "./activity.ts";
import { Breakdown } from "./breakdown.ts";
import type { EventLog } from "../events/eventLog.ts";
import type { Execution } from "../executions/execution.ts";
import type { ExecutionLog } from "../executions/executionLog.ts";
import type { Labels, Meter } from "./instruments.ts";
import { RestartCount } from "./restartCount.ts";
import type { StatusBoard } from "../status.ts";

/** Values that are counted elsewhere. */
export interface MetricsSources {
  readonly executions: Pick<ExecutionLog, "get">;
  readonly events: EventLog;
  readonly status: Pick<StatusBoard, "load">;
  /** Number of events sent to clients, and of connected clients. */
  readonly traffic: () => { readonly sent: number; readonly dropped: number; readonly clients: number };
}

const MAX_COMMANDS = 50;
const MAX_SESSIONS = 20;
const LATENCY_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** Collects metrics from the events of this window. Fixed size; costs a request only a few additions. */
export class Metrics implements Disposable {
  readonly #store = new DisposableStore();
  readonly #sources: MetricsSources;
  readonly #instruments: ReturnType<typeof createInstruments>;
  readonly #bornAt = Date.now();
  readonly #activity = new Activity();
  readonly #commands = new Breakdown(MAX_COMMANDS);
  readonly #sessions = new Breakdown(MAX_SESSIONS);
  readonly #restarts = new RestartCount();
  /** By target. Targets are few. */
  readonly #labels = new Map<string, TargetLabels>();
  readonly #totals = { started: 0, completed: 0, failed: 0, cancelled: 0, interrupted: 0 };

  constructor(sources: MetricsSources, meter: Meter) {
    this.#sources = sources;
    this.#instruments = createInstruments(meter, sources, () => this.#restarts.total);
    meter.observe(
      "gauge",
      "kiro_bridge_start_time_seconds",
      "Start time of this run of the bridge, in seconds since 1970.",
      () => this.#bornAt / 1000,
    );
    this.#store.add(sources.events.onDidAppend((event) => this.#count(event)));
  }

  snapshot(): MetricsSnapshot {
    const { events, status, traffic } = this.#sources;
    const { ended, failed, latencies } = this.#activity.summary();
    const { running, queued, waitingForInput } = status.load();
    const { sent, dropped, clients } = traffic();
    return {
      timestamp: new Date().toISOString(),
      uptimeSeconds: (Date.now() - this.#bornAt) / 1000,
      executions: { ...this.#totals },
      errorRate: ended === 0 ? 0 : failed / ended,
      latencyMs: { count: latencies.count, ...latencies.percentiles() },
      queue: { running, queued, waitingForInput },
      events: { appended: events.own.lastId, sent, dropped },
      clients,
      restarts: this.#restarts.total,
      commands: this.#commands.list(),
      sessions: this.#sessions.list(),
      series: this.#activity.series(),
    };
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #count(event: BridgeEvent): void {
    if (event.windowId !== this.#sources.events.windowId) return;
    if (isEnd(event)) this.#countEnd(event.executionId, finalStatusOf(event));
    else if (event.type === "command-started") {
      this.#totals.started++;
      this.#activity.started();
    } else if (event.type === "session-changed") this.#restarts.record(event.sessionId, event.state);
  }

  #countEnd(executionId: string, status: FinalStatus): void {
    const execution = this.#sources.executions.get(executionId);
    if (execution === undefined) return;
    this.#totals[status]++;
    this.#instruments.executions.add(1, this.#labelsOf(execution.target)[status]);
    this.#instruments.byKind.add(1, kindLabels[execution.requestedBy?.principal?.kind ?? owner.kind]);
    if (status === "completed" || status === "failed") this.#countRun(execution, status === "failed");
  }

  #labelsOf(target: string): TargetLabels {
    const known = this.#labels.get(target);
    if (known !== undefined) return known;
    const labels = labelsOf(target);
    this.#labels.set(target, labels);
    return labels;
  }

  #countRun({ elapsedMs, task, target, sessionId }: Execution, hasFailed: boolean): void {
    this.#activity.ended(hasFailed, elapsedMs);
    this.#commands.ended(task.command, hasFailed, elapsedMs);
    if (sessionId !== undefined) this.#sessions.ended(sessionId, hasFailed, elapsedMs);
    this.#instruments.durations.record(elapsedMs / 1000, this.#labelsOf(target).all);
  }
}

const kindLabels: Readonly<Record<PrincipalKind, Labels>> = {
  owner: { kind: "owner" },
  client: { kind: "client" },
  plugin: { kind: "plugin" },
  window: { kind: "window" },
  service: { kind: "service" },
};

type TargetLabels = Record<FinalStatus | "all", Labels>;

function labelsOf(target: string): TargetLabels {
  return {
    all: { target },
    completed: { target, status: "completed" },
    failed: { target, status: "failed" },
    cancelled: { target, status: "cancelled" },
    interrupted: { target, status: "interrupted" },
  };
}

function createInstruments(meter: Meter, { events, status }: MetricsSources, restarts: () => number) {
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.observe("gauge", `kiro_bridge_${name}`, help, read);
  const count = (name: string, help: string, read: () => number): void =>
    meter.observe("counter", `kiro_bridge_${name}_total`, help, read);
  gauge("executions_running", "Running executions, including those that wait for input.", () => status.load().running);
  gauge("executions_queued", "Queued executions.", () => status.load().queued);
  gauge("executions_waiting_for_input", "Executions that wait for input.", () => status.load().waitingForInput);
  count("events", "Events that occurred.", () => events.own.lastId);
  count("cli_restarts", "Kiro CLI processes that were replaced.", restarts);
  return {
    executions: meter.counter("kiro_bridge_executions_total", "Executions that ended, by target and status."),
    byKind: meter.counter(
      "kiro_bridge_principal_executions_total",
      "Executions that ended, by the kind of principal that requested them.",
      { scope: "history:read" },
    ),
    durations: meter.histogram(
      "kiro_bridge_execution_duration_seconds",
      "Duration of executions from start to end, by target.",
      LATENCY_BOUNDS,
    ),
  };
}
