import { pluginManifestSchema } from "../../../src/plugins/manifest/pluginManifest.ts";
import { type Candidate, candidateOf } from "../../../src/plugins/routing/candidate.ts";
import { type RoutingInput, routeRequest } from "../../../src/plugins/routing/routeRequest.ts";
import type { RoutingHealth } from "../../../src/plugins/routing/scorePlugin.ts";
import type { CapabilityScore, RoutingDecision } from "../../../src/protocol/plugins/routingDecision.ts";

export const healthy: RoutingHealth = { status: "healthy", latencyMs: 0, errorRate: 0, source: "measured" };

/** Reads a manifest that has only what matters. */
export function candidate(name: string, manifest: Record<string, unknown>): Candidate {
  return candidateOf(pluginManifestSchema.parse({ name, version: "1.0.0", ...manifest }));
}

/** Routes a text, or a request, among candidates, all of which are healthy. */
export function decide(
  request: string | RoutingInput["request"],
  candidates: readonly Candidate[],
  more: Partial<RoutingInput> = {},
): RoutingDecision {
  return routeRequest({
    request: typeof request === "string" ? { text: request } : request,
    candidates,
    healthOf: () => healthy,
    requestId: "req_1_a",
    now: new Date(0),
    ...more,
  });
}

/** Returns the score of one plugin. */
export function scoreOf(decision: RoutingDecision, plugin: string): CapabilityScore | undefined {
  return decision.capabilityScores.find((score) => score.plugin === plugin);
}
