import * as z from "zod";
import type { Disposable } from "../../../base/disposables.ts";
import type { Message } from "../../bus/message.ts";
import type { BusParticipant, BusSubscription } from "../../bus/participant.ts";
import { circuitStates } from "../../breaker/circuitBreaker.ts";
import { type ExplainedDecision, explainDecision, withFallback } from "./explainDecision.ts";

const MAX_DECISIONS = 20;
const MAX_CIRCUITS = 500;

/** The payload of `plugin/<name>/circuit-breaker`, also of plugins that are not made with our SDK. */
const transitionSchema = z.object({
  state: z.enum(circuitStates),
  failures: z.number().optional(),
  timestamp: z.string().max(100).optional(),
});

/** The last transition of the circuit breaker of a plugin. */
export interface CircuitReport {
  readonly state: (typeof circuitStates)[number];
  readonly failures: number;
  /** ISO time. */
  readonly since: string;
}

/** Follows what plugins and the router publish about themselves. Bounded. */
export class PluginActivity implements Disposable {
  readonly #circuits = new Map<string, CircuitReport>();
  readonly #subscriptions: readonly BusSubscription[];
  readonly #router: string;
  #decisions: readonly ExplainedDecision[] = [];

  /** @param bus the participant of the bridge, in whose name the router publishes */
  constructor(bus: Pick<BusParticipant, "name" | "subscribe">) {
    this.#router = bus.name;
    this.#subscriptions = [
      bus.subscribe("plugin/*/circuit-breaker", ({ message }) => this.#noteCircuit(message)),
      bus.subscribe("routing/decision", ({ message }) => this.#noteDecision(message)),
      bus.subscribe("routing/fallback", ({ message }) => this.#noteFallback(message)),
    ];
  }

  /** The last decisions, newest first. */
  get decisions(): readonly ExplainedDecision[] {
    return this.#decisions;
  }

  circuitOf(plugin: string): CircuitReport | undefined {
    return this.#circuits.get(plugin);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #noteCircuit({ topic, source, timestamp: sentAt, payload }: Message): void {
    const { data } = transitionSchema.safeParse(payload);
    const plugin = topic.split("/")[1] ?? "";
    // A plugin says nothing of another one. The bridge has circuits of its own calls.
    if (data === undefined || (source !== plugin && source !== this.#router)) return;
    const { state, failures = 0, timestamp } = data;
    const isTime = timestamp !== undefined && !Number.isNaN(Date.parse(timestamp));
    this.#circuits.delete(plugin);
    this.#circuits.set(plugin, { state, failures, since: isTime ? timestamp : sentAt });
    const [oldest] = this.#circuits.keys();
    if (this.#circuits.size > MAX_CIRCUITS && oldest !== undefined) this.#circuits.delete(oldest);
  }

  #noteDecision({ source, payload }: Message): void {
    const decision = source === this.#router ? explainDecision(payload) : undefined;
    if (decision !== undefined) this.#decisions = [decision, ...this.#decisions].slice(0, MAX_DECISIONS);
  }

  #noteFallback({ source, payload }: Message): void {
    if (source === this.#router) this.#decisions = this.#decisions.map((decision) => withFallback(decision, payload));
  }
}
