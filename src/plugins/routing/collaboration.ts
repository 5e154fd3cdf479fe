import type { CapabilityScore, CollaborationPlan, RoutingDecision } from "../../protocol/plugins/routingDecision.ts";
import type { ReadRequest } from "./classify.ts";
import { domains } from "./vocabulary.ts";

const PHASE_MS = 15 * 60_000;
/** The order of phases. Other domains come last. */
const ORDER = ["backend", "api", "database", "authentication", "frontend", "ui", "testing", "devops", "infrastructure"];
const SERVERS = ["backend", "api", "database", "authentication"];
const CODE = [...SERVERS, "frontend", "ui"];
/** The domains whose phases come before, if there are any. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  api: ["backend"],
  authentication: ["backend", "api", "database"],
  frontend: ["backend", "api", "authentication"],
  ui: ["backend", "api", "authentication"],
  testing: CODE,
  devops: [...CODE, "testing"],
  infrastructure: [...CODE, "testing"],
};

type Phase = CollaborationPlan["phases"][number];

/**
 * Plans the work of several plugins on a request about several subjects: one phase for each, by the best plugin for it.
 * @param scores of the plugins that may be chosen, the best first
 */
export function planCollaboration(
  { domains: found, classification }: ReadRequest,
  scores: readonly CapabilityScore[],
): CollaborationPlan | undefined {
  const [primary] = scores;
  if (primary === undefined) return undefined;
  const subjects = subjectsOf(found, classification.complexity === "complex");
  const phases = subjects.map((domain) => ({ domain, plugin: bestFor(domain, scores) ?? primary.plugin }));
  if (new Set(phases.map(({ plugin }) => plugin)).size < 2) return undefined;
  const depths = depthsOf(subjects);
  const isParallel = (domain: string): boolean =>
    subjects.some((other) => other !== domain && depths.get(other) === depths.get(domain));
  return {
    phases: phases.map(({ domain, plugin }) => ({
      domain,
      plugin,
      dependencies: dependenciesOf(domain, subjects),
      parallel: isParallel(domain),
      estimatedDuration: PHASE_MS,
    })),
    coordinator: primary.plugin,
    estimatedDuration: Math.max(...depths.values()) * PHASE_MS,
  };
}

export function strategyOf(phases: readonly Phase[] = []): RoutingDecision["executionStrategy"] {
  if (phases.length === 0) return "single_plugin";
  if (phases.every(({ dependencies }) => dependencies.length === 0)) return "parallel_collaboration";
  return phases.some(({ parallel }) => parallel) ? "mixed_collaboration" : "sequential_collaboration";
}

/** Related domains are one subject, unless the request is complex. In the order of their phases. */
function subjectsOf(found: ReadonlyMap<string, unknown>, isComplex: boolean): readonly string[] {
  const present = domains.filter(({ name }) => found.has(name));
  const chosen = isComplex
    ? present
    : [...new Map(present.toReversed().map((domain) => [domain.family, domain])).values()];
  const rankOf = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return chosen.map(({ name }) => name).toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

function bestFor(domain: string, scores: readonly CapabilityScore[]): string | undefined {
  const family = domains.find(({ name }) => name === domain)?.family;
  const related = new Set(domains.filter((other) => other.family === family).map(({ name }) => name));
  const isMatch = ({ type, value }: CapabilityScore["capabilities"][number]): boolean =>
    type === "domain" && related.has(value);
  return scores.find(({ capabilities }) => capabilities.some(isMatch))?.plugin;
}

function dependenciesOf(domain: string, subjects: readonly string[]): string[] {
  const before = BEFORE[domain] ?? [];
  return subjects.filter((other) => before.includes(other));
}

/** Returns the number of phases that come one after the other up to each phase. */
function depthsOf(subjects: readonly string[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  // In the order of phases, each comes after its dependencies.
  for (const domain of subjects) {
    const before = dependenciesOf(domain, subjects).map((other) => depths.get(other) ?? 0);
    depths.set(domain, 1 + Math.max(0, ...before));
  }
  return depths;
}
