import { randomBytes } from "node:crypto";
import { type Destination, DeliveryFailure, type PeriodicSend, type Receipt } from "../delivery/destination.ts";
import type { ContentLevel, EventType, Fact, RunFact } from "../outbox/fact.ts";
import { isEndType } from "../../protocol/events.ts";
import type { DestinationPorts } from "../ports.ts";
import { logRecordOf, testLogRecord } from "./signals/logRecords.ts";
import { type HistogramForm, MetricCollector, type Temporality, testMetrics } from "./signals/metrics.ts";
import { OperationDurations } from "./signals/operationDurations.ts";
import type { Payload, Resource, Scope, Signal } from "./signals/payload.ts";
import { resourceOf, resourceOfWindow, scopeOf } from "./signals/resource.ts";
import { contentOf } from "./signals/runContent.ts";
import { isEndOfRun } from "./signals/runFacts.ts";
import { SignalDelivery, type Taken } from "./signals/signalDelivery.ts";
import { spansOf, testSpan } from "./signals/spans.ts";

/** The protocol of a kind of telemetry. */
export interface SignalSink {
  /** None if the environment turns it off. */
  readonly signals: readonly Signal[];
  /** @throws DeliveryFailure; the signal's reason */
  send(payload: Payload, signal: AbortSignal): Promise<Taken>;
  dispose(): void | PromiseLike<void>;
}

export interface SignalsOptions {
  readonly content: ContentLevel;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly metricsIntervalMs: number;
  readonly temporality: Temporality;
  readonly histograms: HistogramForm;
}

type RunSignal = Exclude<Signal, "metrics">;

/**
 * Sends traces and logs of runs that have ended, and the metrics of the window at intervals. An answer only proves that they
 * were taken.
 */
export class SignalsDestination implements Destination {
  readonly limits = { maxFacts: 100, maxLength: 1_000_000, concurrency: 2 };
  readonly wantsSteps: boolean;
  readonly periodic: PeriodicSend | undefined;
  readonly #sink: SignalSink;
  readonly #options: SignalsOptions;
  readonly #ports: DestinationPorts;
  readonly #deliveries: ReadonlyMap<RunSignal, SignalDelivery<RunFact>>;
  readonly #durations = new OperationDurations();
  readonly #resource: Resource;
  readonly #scope: Scope;

  constructor(sink: SignalSink, options: SignalsOptions, ports: DestinationPorts) {
    const { version, windowId } = ports;
    this.#sink = sink;
    this.#options = options;
    this.#ports = ports;
    this.#resource = resourceOf({ version, windowId, attributes: options.resourceAttributes });
    this.#scope = scopeOf(version);
    const ofRuns = (["traces", "logs"] as const).filter((name) => sink.signals.includes(name));
    this.#deliveries = new Map(
      ofRuns.map((name) => [name, new SignalDelivery((facts, signal) => this.#sendRuns(name, facts, signal))]),
    );
    this.wantsSteps = sink.signals.includes("traces");
    if (sink.signals.includes("metrics")) this.periodic = this.#metrics();
  }

  wants(type: EventType): boolean {
    return this.#sink.signals.length > 0 && isEndType(type);
  }

  async send(facts: readonly Fact[], signal: AbortSignal): Promise<Receipt> {
    const runs = facts.filter(isEndOfRun);
    for (const run of runs) this.#durations.record(run);
    const refused = new Map<string, string[]>();
    const warnings: string[] = [];
    for (const [name, delivery] of this.#deliveries) {
      const result = await delivery.deliver(runs, signal);
      for (const { id, reason } of result.refused) refused.set(id, [...(refused.get(id) ?? []), reason]);
      warnings.push(...result.warnings.map((warning) => `For ${name}:${warning}`));
    }
    for (const { id } of runs) {
      this.#durations.forget(id);
      for (const delivery of this.#deliveries.values()) delivery.forget(id);
    }
    return {
      outcome: "sent",
      ...(warnings.length > 0 && { detail: warnings.join(" ") }),
      ...(refused.size > 0 && { refused: [...refused].map(([id, reasons]) => ({ id, reason: reasons.join(" ") })) }),
    };
  }

  async test(signal: AbortSignal): Promise<Receipt> {
    if (this.#sink.signals.length === 0)
      throw new DeliveryFailure("blocked", "Nothing is sent: the variables OTEL_… of the environment turn it off.");
    const now = this.#ports.now();
    const position = { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };
    const deps = { resource: this.#resource, scope: this.#scope };
    const owners = ["test"];
    const payloads: Record<Signal, Payload> = {
      traces: { signal: "traces", items: [testSpan(now, position, deps)], owners },
      logs: { signal: "logs", items: [testLogRecord(now, position, deps)], owners },
      metrics: { signal: "metrics", items: testMetrics(now, deps) },
    };
    const results: string[] = [];
    for (const name of this.#sink.signals)
      results.push(`${name}${assertTaken(name, await this.#sink.send(payloads[name], signal))}`);
    return { outcome: "sent", detail: `Taken: ${results.join(", ")}. The trace is ${position.traceId}.` };
  }

  async dispose(): Promise<void> {
    await this.#sink.dispose();
  }

  #metrics(): PeriodicSend {
    const { temporality, histograms, metricsIntervalMs } = this.#options;
    const { now, metrics } = this.#ports;
    const deps = { resource: this.#resource, scope: this.#scope, temporality, histograms, since: now() };
    const collector = new MetricCollector(deps);
    const read = () => [...metrics(), ...this.#durations.read()];
    // What was counted before is no difference to what this destination has sent.
    collector.collect(read(), now()).commit();
    return {
      intervalMs: metricsIntervalMs,
      send: async (signal) => {
        const collection = collector.collect(read(), now());
        if (collection.points === 0) return { outcome: "sent" };
        const taken = await this.#sink.send({ signal: "metrics", items: collection.metrics }, signal);
        collection.commit();
        const message = assertTaken("metrics", taken);
        return { outcome: "sent", ...(message !== "" && { detail: `For metrics:${message}` }) };
      },
    };
  }

  async #sendRuns(name: RunSignal, facts: readonly RunFact[], signal: AbortSignal): Promise<Taken> {
    const depsOf = this.#depsByWindow();
    const contents = await Promise.all(
      facts.map(async (fact) => ({ fact, content: await contentOf(fact, this.#options.content, this.#ports) })),
    );
    if (name === "logs") {
      const items = contents.map(({ fact, content }) => logRecordOf(fact, content, depsOf(fact.run.windowId)));
      return await this.#sink.send({ signal: "logs", items, owners: facts.map(({ id }) => id) }, signal);
    }
    const spans = contents.map(({ fact, content }) => spansOf(fact.run, fact.at, content, depsOf(fact.run.windowId)));
    const owners = facts.flatMap(({ id }, at) => (spans[at] ?? []).map(() => id));
    return await this.#sink.send({ signal: "traces", items: spans.flat(), owners }, signal);
  }

  /** Returns one resource for each window: the encoders group by identity. */
  #depsByWindow(): (windowId: string) => { readonly resource: Resource; readonly scope: Scope } {
    const resources = new Map([[this.#ports.windowId, this.#resource]]);
    return (windowId) => {
      const resource = resources.get(windowId) ?? resourceOfWindow(this.#resource, windowId);
      resources.set(windowId, resource);
      return { resource, scope: this.#scope };
    };
  }
}

/** Returns what the receiver has said. @throws DeliveryFailure if it has rejected something */
function assertTaken(name: Signal, taken: Taken): string {
  if (!("failures" in taken)) {
    const { rejected, message } = taken;
    if (rejected === 0) return message;
    throw new DeliveryFailure(
      "refused",
      `The request for ${name} was taken, but ${rejected} of its items were rejected.${message}`,
    );
  }
  const [failure] = taken.failures.values();
  if (failure === undefined) return "";
  throw taken.passing ?? new DeliveryFailure("refused", failure.reason);
}
