import type { MetricReading } from "../../../core/metrics/instruments.ts";
import { PrometheusMeter } from "../../../core/metrics/prometheus.ts";
import type { RunFact } from "../../outbox/fact.ts";
import { agentAttributes, errorTypeOf, isTurn } from "./runAttributes.ts";

/** As the conventions of generative AI advise. */
const BOUNDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/** Facts whose delivery has begun and not ended. More are only kept by an error in their delivery. */
const MAX_KEPT = 10_000;

/** The metric `gen_ai.client.operation.duration`, counted from the turns that are sent. */
export class OperationDurations {
  readonly #meter = new PrometheusMeter();
  readonly #histogram = this.#meter.histogram(
    "gen_ai.client.operation.duration_seconds",
    "Duration of the turns of agents.",
    BOUNDS,
  );
  readonly #counted = new Set<string>();

  /** Counts a run once, however often it is sent until `forget` is called. */
  record({ id, run }: RunFact): void {
    if (!isTurn(run) || run.startedAt === undefined || run.completedAt === undefined || this.#counted.has(id)) return;
    this.#counted.add(id);
    for (const oldest of this.#counted) {
      if (this.#counted.size <= MAX_KEPT) break;
      this.#counted.delete(oldest);
    }
    this.#histogram.record(Math.max(0, run.completedAt - run.startedAt) / 1000, {
      "gen_ai.operation.name": "invoke_agent",
      ...agentAttributes(run),
      "gen_ai.request.model": run.model ?? "",
      "error.type": errorTypeOf(run) ?? "",
    });
  }

  /** Called when a fact will not be sent again. */
  forget(id: string): void {
    this.#counted.delete(id);
  }

  read(): readonly MetricReading[] {
    return this.#meter.read();
  }
}
