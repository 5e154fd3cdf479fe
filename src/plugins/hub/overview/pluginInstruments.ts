import type { Counter, Histogram, Meter } from "../../../core/metrics/instruments.ts";
import type { BusStats } from "../../bus/participant.ts";
import type { CallRecorder } from "../callRecords.ts";

type CountOfBus = Exclude<keyof BusStats, "topics">;

const counters: readonly (readonly [name: string, help: string, of: CountOfBus])[] = [
  ["published", "Messages that the message bus has accepted.", "published"],
  ["delivered", "Deliveries of messages to subscriptions.", "delivered"],
  ["undelivered", "Messages to which nobody subscribed.", "undelivered"],
  ["lost", "Messages that were dropped because too many waited for a subscriber.", "lost"],
  ["expired", "Messages that expired before their delivery.", "expired"],
  ["handler_errors", "Errors of subscribers.", "handlerErrors"],
  ["requests", "Requests over the message bus.", "requests"],
  ["failed_requests", "Requests over the message bus that got no response.", "failedRequests"],
];

const gauges: readonly (readonly [name: string, help: string, of: CountOfBus])[] = [
  ["participants", "Programs that take part in the message bus.", "participants"],
  ["subscriptions", "Subscriptions of the message bus.", "subscriptions"],
  ["dead_letters", "Durable messages that a plugin did not acknowledge in all their deliveries.", "deadLetters"],
];

/** Of calls of plugins, in seconds. */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Registers the metrics of the bus. @param read returns its counts; undefined until it is used in this window */
export function busInstruments(meter: Meter, read: () => BusStats | undefined): void {
  for (const [name, help, of] of counters) {
    meter.observe("counter", `kiro_bridge_bus_${name}_total`, help, () => read()?.[of] ?? 0);
  }
  for (const [name, help, of] of gauges) {
    meter.observe("gauge", `kiro_bridge_bus_${name}`, help, () => read()?.[of] ?? 0);
  }
}

/** Counts the calls of plugins for the metrics. */
export class CallMetrics implements CallRecorder {
  readonly #calls: Counter;
  readonly #durations: Histogram;

  constructor(meter: Meter) {
    // Which plugins there are, and how busy, says something of other programs.
    const options = { scope: "history:read" } as const;
    this.#calls = meter.counter("kiro_bridge_plugin_calls_total", "Calls of plugins.", options);
    const help = "Duration of calls of plugins.";
    this.#durations = meter.histogram("kiro_bridge_plugin_call_duration_seconds", help, DURATION_BOUNDS);
  }

  ended(plugin: string, elapsedMs: number, isFailure: boolean): void {
    this.#calls.add(1, { plugin, outcome: isFailure ? "failed" : "completed" });
    this.#durations.record(elapsedMs / 1000);
  }
}
