import { randomUUID } from "node:crypto";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import { type RouteRequest, routeRequestSchema } from "../../protocol/plugins/routing.ts";
import type { RoutingDecision } from "../../protocol/plugins/routingDecision.ts";
import { validate } from "../../protocol/validate.ts";
import type { BusParticipant, BusSubscription, Delivery } from "../bus/participant.ts";
import type { PluginManifest } from "../manifest/pluginManifest.ts";
import { type Candidate, candidateOf } from "../routing/candidate.ts";
import { HealthProbe } from "../routing/healthProbe.ts";
import { routeRequest } from "../routing/routeRequest.ts";
import type { CallRecords } from "./callRecords.ts";
import type { PluginDirectory, PluginRecord } from "./pluginDirectory.ts";

export interface PluginRouterDeps {
  readonly directory: Pick<PluginDirectory, "plugins">;
  readonly bus: BusParticipant;
  readonly records: CallRecords;
  readonly logger: Logger;
}

/** Returns why a caller may not use a plugin, or undefined. */
export type Exclusion = (plugin: string) => string | undefined;

/** One plugin that took the place of another. */
export interface Fallback {
  readonly requestId: string;
  readonly originalPlugin: string;
  readonly fallbackPlugin: string;
  readonly reason: string;
}

const DECISIONS = "routing/decision";
const FALLBACKS = "routing/fallback";
const QUERIES = "routing/query";

/** Routes requests to plugins, for HTTP, for executions, and for plugins that ask on `routing/query`. */
export class PluginRouter implements Disposable {
  readonly #deps: PluginRouterDeps;
  readonly #probe: HealthProbe;
  readonly #candidates = new WeakMap<PluginManifest, Candidate>();
  readonly #queries: BusSubscription;

  constructor(deps: PluginRouterDeps) {
    this.#deps = deps;
    this.#probe = new HealthProbe({ bus: deps.bus, known: (plugin) => this.#knownOf(plugin) });
    // One of the windows answers, and at once, so that one question does not wait for the health of another.
    this.#queries = deps.bus.subscribe(QUERIES, (delivery) => void this.#answer(delivery), {
      filter: ({ messageType }) => messageType === "request",
      group: deps.bus.name,
    });
  }

  /** Decides, and publishes the decision. @throws BridgeError NOT_FOUND if no plugin fits */
  async route(request: RouteRequest, exclude?: Exclusion): Promise<RoutingDecision> {
    const candidates = this.#deps.directory.plugins().flatMap((plugin) => this.#candidateOf(plugin));
    const health = await this.#probe.measure(candidates.map(({ name }) => name));
    const decision = routeRequest({
      request,
      candidates,
      healthOf: (plugin) => health.get(plugin) ?? unknownHealth,
      ...(exclude !== undefined && { exclude }),
      requestId: `req_${Date.now()}_${randomUUID().slice(0, 8)}`,
      now: new Date(),
    });
    await this.#publish(DECISIONS, decision);
    return decision;
  }

  async reportFallback(fallback: Fallback): Promise<void> {
    await this.#publish(FALLBACKS, fallback);
  }

  dispose(): void {
    this.#queries.unsubscribe();
  }

  #candidateOf({ manifest }: PluginRecord): readonly Candidate[] {
    if (manifest === undefined) return [];
    const known = this.#candidates.get(manifest) ?? candidateOf(manifest);
    this.#candidates.set(manifest, known);
    return [known];
  }

  #knownOf(name: string): ReturnType<ConstructorParameters<typeof HealthProbe>[0]["known"]> {
    const plugin = this.#deps.directory.plugins().find((other) => other.name === name);
    const { latencyMs, errorRate } = this.#deps.records.get(name) ?? plugin?.health ?? {};
    return { isConnected: plugin?.state === "running" && plugin.health?.status !== "down", latencyMs, errorRate };
  }

  /** A plugin asks in its own name. */
  async #answer({ message }: Delivery): Promise<void> {
    const { correlationId, source, payload } = message;
    if (correlationId === undefined) return;
    try {
      const request = validate(routeRequestSchema, payload);
      const from = this.#deps.directory.plugins().some(({ name }) => name === source) ? source : request.from;
      const decision = await this.route({ ...request, ...(from !== undefined && { from }) });
      await this.#deps.bus.respond(correlationId, decision);
    } catch (error) {
      const known = isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR");
      const { code, message: text } = known;
      await this.#deps.bus.respond(correlationId, { error: { code, message: text } }).catch(() => undefined);
    }
  }

  /** A decision counts, even if nobody could be told. */
  async #publish(topic: string, payload: RoutingDecision | Fallback): Promise<void> {
    try {
      await this.#deps.bus.publish({ topic, payload });
    } catch (error) {
      this.#deps.logger.warn("A routing message was not published", { topic, error: messageOf(error) });
    }
  }
}

const unknownHealth = { status: "down", latencyMs: 0, errorRate: 0, source: "it is unknown" } as const;
