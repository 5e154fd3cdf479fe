import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { BusParticipant, BusStats, TopicStats } from "../../bus/participant.ts";
import type { BusTransport, DeadLetter, DeadLetters } from "../../bus/transport.ts";
import type { StateView } from "../../state/store/stateStore.ts";
import type { CallRecord, CallRecords } from "../callRecords.ts";
import type { PluginDirectory, PluginRecord } from "../pluginDirectory.ts";
import type { ExplainedDecision } from "./explainDecision.ts";
import { type CircuitReport, PluginActivity } from "./pluginActivity.ts";

const MAX_PLUGINS = 300;
const MAX_TOPICS = 30;
const MAX_LETTERS = 30;
const MAX_ERROR_LENGTH = 500;
/** The share of failed calls from which a plugin is not healthy. */
const DEGRADED_RATE = 0.2;

export interface PluginsOverviewDeps {
  readonly directory: Pick<PluginDirectory, "plugins">;
  /** The participant of the bridge. */
  readonly bus: Pick<BusParticipant, "name" | "subscribe" | "stats">;
  /** Returns the transport, if the bus is in this window. */
  readonly transport: () => Pick<BusTransport, "kind" | "status" | "durable"> | undefined;
  readonly calls: Pick<CallRecords, "get">;
  readonly states: () => readonly StateView[];
}

/** One plugin with all that is known of it. */
export interface PluginOverview extends Omit<PluginRecord, "manifest" | "folder"> {
  readonly calls?: { readonly total: number; readonly failed: number } | undefined;
  readonly circuit?: CircuitReport | undefined;
  readonly shared?: Omit<StateView, "plugin"> | undefined;
}

interface BusOverview
  extends Pick<
    BusStats,
    "participants" | "published" | "delivered" | "lost" | "expired" | "requests" | "failedRequests"
  > {
  readonly transport: BusTransport["kind"];
  readonly problem?: string | undefined;
}

interface DeadLetterOverview {
  readonly id: string;
  readonly at: string;
  readonly topic: string;
  readonly source: string;
  readonly consumer: string;
  readonly deliveries: number;
  readonly error: string;
}

export interface Overview {
  readonly bus?: BusOverview;
  readonly plugins: readonly PluginOverview[];
  readonly topics: readonly TopicStats[];
  readonly decisions: readonly ExplainedDecision[];
  readonly deadLetters: { readonly count: number; readonly letters: readonly DeadLetterOverview[] };
}

/** All that people are shown of the plugins and their bus, of the window that has the bus. */
export class PluginsOverview implements Disposable {
  readonly #deps: PluginsOverviewDeps;
  readonly #activity: PluginActivity;

  constructor(deps: PluginsOverviewDeps) {
    this.#deps = deps;
    this.#activity = new PluginActivity(deps.bus);
  }

  async view(): Promise<Overview> {
    const { directory, bus, transport } = this.#deps;
    const present = transport();
    const stats = present === undefined ? undefined : bus.stats();
    const shared = new Map(this.#deps.states().map(({ plugin, ...state }) => [plugin, state]));
    return {
      ...(stats !== undefined && present !== undefined && { bus: busOf(stats, present) }),
      plugins: directory
        .plugins()
        .slice(0, MAX_PLUGINS)
        .map((record) => ({ ...this.#pluginOf(record), shared: shared.get(record.name) })),
      topics: (stats?.topics ?? []).toSorted(byRate).slice(0, MAX_TOPICS),
      decisions: this.#activity.decisions,
      deadLetters: await lettersIn(present?.durable?.deadLetters),
    };
  }

  /** Delivers a dead letter to its consumer again. @throws BridgeError NOT_FOUND */
  async resendDeadLetter(id: string): Promise<void> {
    await this.#letters().resend(id);
  }

  /** @throws BridgeError NOT_FOUND */
  async removeDeadLetter(id: string): Promise<void> {
    await this.#letters().remove(id);
  }

  dispose(): void {
    this.#activity.dispose();
  }

  #pluginOf({ manifest: _manifest, folder: _folder, ...record }: PluginRecord): PluginOverview {
    const known = this.#deps.calls.get(record.name);
    const calls = known && { total: known.calls, failed: known.failures };
    const health = record.health ?? (known && record.state === "running" ? healthOf(known) : undefined);
    return { ...record, health, calls, circuit: this.#activity.circuitOf(record.name) };
  }

  #letters(): DeadLetters {
    const letters = this.#deps.transport()?.durable?.deadLetters;
    if (letters === undefined) throw new BridgeError("NOT_FOUND", "There are no dead letters here.");
    return letters;
  }
}

function busOf(stats: BusStats, { kind, status }: Pick<BusTransport, "kind" | "status">): BusOverview {
  const { participants, published, delivered, lost, expired, requests, failedRequests } = stats;
  const problem = problemOf(status);
  const counts = { participants, published, delivered, lost, expired, requests, failedRequests };
  return { transport: kind, ...(problem !== undefined && { problem }), ...counts };
}

/** Judges a plugin by its recent calls, where its health was not measured. */
function healthOf({ latencyMs, errorRate }: CallRecord): PluginOverview["health"] {
  return { status: errorRate < DEGRADED_RATE ? "healthy" : "degraded", latencyMs, errorRate };
}

function problemOf(status: BusTransport["status"]): string | undefined {
  switch (status.state) {
    case "connected":
      return status.lastError && `The server of the bus has rejected something: ${status.lastError}.`;
    case "reconnecting":
      return `The bus has no connection to its server since ${status.since}: ${status.reason}. Messages that wait: ${status.buffered}.`;
    case "closed":
      return `The bus is closed: ${status.reason}.`;
  }
}

function byRate(a: TopicStats, b: TopicStats): number {
  return b.perSecond - a.perSecond || b.published - a.published;
}

async function lettersIn(deadLetters: DeadLetters | undefined): Promise<Overview["deadLetters"]> {
  if (deadLetters === undefined) return { count: 0, letters: [] };
  const letters = await deadLetters.list(MAX_LETTERS);
  return { count: Math.max(deadLetters.count, letters.length), letters: letters.map(letterOf) };
}

function letterOf({ id, message, consumer, error, deliveries, timestamp }: DeadLetter): DeadLetterOverview {
  const { topic, source } = message;
  const shown = error.slice(0, MAX_ERROR_LENGTH);
  return { id, at: timestamp, topic, source, consumer: consumer.name, deliveries, error: shown };
}
