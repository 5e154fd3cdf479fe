import { type Clock, systemClock } from "../../base/clock.ts";
import { within } from "../../base/deadline.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import type { BusParticipant } from "../bus/participant.ts";
import { RpcClient } from "../rpc/rpcClient.ts";
import { isRpcError } from "../rpc/rpcError.ts";
import type { RoutingHealth } from "./scorePlugin.ts";

/** The health of a plugin as known without asking it. */
export interface KnownHealth {
  readonly isConnected: boolean;
  /** Of its recent calls. */
  readonly latencyMs?: number | undefined;
  readonly errorRate?: number | undefined;
}

export interface HealthProbeDeps {
  readonly bus: Pick<BusParticipant, "request">;
  readonly known: (plugin: string) => KnownHealth;
  readonly clock?: Clock;
}

interface Measured {
  readonly at: number;
  readonly health: Promise<RoutingHealth>;
}

/** Timeout of a question about health, in milliseconds. */
const DEADLINE_MS = 500;
/** Time in milliseconds for which an answer counts. */
const FRESH_MS = 5000;
const late = Symbol("late");
const DOWN: ReadonlySet<unknown> = new Set(["down", "unhealthy", "stopped", "failed", "error"]);

/**
 * Asks plugins for their health: on `plugin/<name>/health`, or else by the method `health_check`. One that answers neither is
 * judged by its connection and its recent calls. All are asked at the same time, and answers count for some seconds.
 */
export class HealthProbe {
  readonly #deps: HealthProbeDeps;
  readonly #clock: Clock;
  readonly #measured = new Map<string, Measured>();

  constructor(deps: HealthProbeDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
  }

  /** Never rejects. Takes half a second at most. */
  async measure(plugins: readonly string[]): Promise<ReadonlyMap<string, RoutingHealth>> {
    this.#forget(new Set(plugins));
    return new Map(await Promise.all(plugins.map(async (name) => [name, await this.#healthOf(name)] as const)));
  }

  #forget(kept: ReadonlySet<string>): void {
    for (const [name, { at }] of this.#measured)
      if (!kept.has(name) || this.#clock.now() - at > FRESH_MS) this.#measured.delete(name);
  }

  async #healthOf(plugin: string): Promise<RoutingHealth> {
    const known = this.#deps.known(plugin);
    if (!known.isConnected) return { status: "down", latencyMs: 0, errorRate: 0, source: "it is not running" };
    let measured = this.#measured.get(plugin);
    if (measured === undefined) {
      measured = { at: this.#clock.now(), health: this.#ask(plugin, known) };
      this.#measured.set(plugin, measured);
    }
    return await measured.health;
  }

  async #ask(plugin: string, known: KnownHealth): Promise<RoutingHealth> {
    const startedAt = this.#clock.now();
    const controller = new AbortController();
    const reply = await within(this.#reply(plugin, controller.signal), DEADLINE_MS, late).catch(() => undefined);
    controller.abort();
    const elapsedMs = this.#clock.now() - startedAt;
    const { latencyMs: ofCalls = 0, errorRate = 0 } = known;
    if (reply === late) {
      const latencyMs = Math.max(elapsedMs, ofCalls);
      return { status: "healthy", latencyMs, errorRate, source: `no answer about its health in ${DEADLINE_MS} ms` };
    }
    if (reply === undefined)
      return { status: "healthy", latencyMs: ofCalls, errorRate, source: "it is connected; by its recent calls" };
    return { ...read(reply, { elapsedMs, errorRate }), source: "it says" };
  }

  /** Resolves with undefined if the plugin has no answer. */
  async #reply(plugin: string, signal: AbortSignal): Promise<unknown> {
    const topic = `plugin/${plugin}/health`;
    try {
      return await this.#deps.bus.request({ topic, destination: plugin, timeout: DEADLINE_MS }, { signal });
    } catch (error) {
      if (!isBridgeError(error) || error.code !== "NOT_FOUND") throw error;
    }
    try {
      const client = new RpcClient(this.#deps.bus, `plugin://${plugin}/rpc`);
      return await client.call("health_check", {}, { timeoutMs: DEADLINE_MS, signal });
    } catch (error) {
      if (isRpcError(error)) return undefined;
      throw error;
    }
  }
}

/** Reads `{status, latency, errorRate}`, of which the bridge believes what is worse than what it has measured itself. */
function read(
  reply: unknown,
  measured: { readonly elapsedMs: number; readonly errorRate: number },
): Omit<RoutingHealth, "source"> {
  const said: Readonly<Record<string, unknown>> = typeof reply === "object" && reply !== null ? { ...reply } : {};
  const { status, latency, latencyMs = latency, errorRate } = said;
  return {
    status: DOWN.has(status) ? "down" : status === "degraded" ? "degraded" : "healthy",
    latencyMs: Math.max(measured.elapsedMs, numberOf(latencyMs)),
    errorRate: Math.min(1, Math.max(measured.errorRate, numberOf(errorRate))),
  };
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.max(0, value) : 0;
}
