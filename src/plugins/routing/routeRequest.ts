import { BridgeError } from "../../protocol/errors.ts";
import type { RouteRequest } from "../../protocol/plugins/routing.ts";
import type { CapabilityScore, RoutingDecision } from "../../protocol/plugins/routingDecision.ts";
import type { Candidate } from "./candidate.ts";
import { readRequest } from "./classify.ts";
import { planCollaboration, strategyOf } from "./collaboration.ts";
import { type RoutingHealth, scorePlugin } from "./scorePlugin.ts";

export interface RoutingInput {
  readonly request: RouteRequest;
  readonly candidates: readonly Candidate[];
  readonly healthOf: (plugin: string) => RoutingHealth;
  /** Returns why a plugin may not be chosen, in addition to the rules of the manifests. */
  readonly exclude?: (plugin: string) => string | undefined;
  readonly requestId: string;
  readonly now: Date;
}

const MAX_FALLBACKS = 3;
/** Maximum number of scores in a decision, and in an error. */
const MAX_SCORES = 20;
const AGENTS = 3;
const AGENTS_PER_PHASE = 2;
const DOLLARS_PER_MINUTE = 0.005;
const MINUTE_MS = 60_000;

interface Scored {
  readonly candidate: Candidate;
  readonly score: CapabilityScore;
}

/**
 * Chooses the plugins for a request, and explains each score. Depends on its input alone.
 * @throws BridgeError NOT_FOUND with the scores if no plugin has any points
 */
export function routeRequest(input: RoutingInput): RoutingDecision {
  const { request, candidates, requestId, now } = input;
  const read = readRequest(request);
  const scored = candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate, input, read) }))
    .toSorted(byScore);
  const eligible = scored.filter(({ score }) => score.excluded === undefined && score.score > 0);
  const [primary] = eligible;
  if (primary === undefined) throw nothingFits(scored);
  const scores = eligible.map(({ score }) => score);
  const excluded = scored.map(({ score }) => score).filter((score) => score.excluded !== undefined && score.score > 0);
  const plan = planCollaboration(read, scores);
  const { classification } = read;
  const estimatedDuration = plan?.estimatedDuration ?? classification.estimatedDuration;
  return {
    requestId,
    userInput: request.text,
    ...(request.from !== undefined && { from: request.from }),
    classification,
    primaryPlugin: primary.candidate.name,
    fallbackPlugins: fallbacksOf(primary.candidate, eligible),
    capabilityScores: [...scores, ...excluded].slice(0, MAX_SCORES),
    ...(plan !== undefined && { collaborationPlan: plan }),
    executionStrategy: strategyOf(plan?.phases),
    estimatedCost: costOf(estimatedDuration, plan?.phases.length),
    estimatedDuration,
    timestamp: now.toISOString(),
  };
}

function scoreOf(candidate: Candidate, input: RoutingInput, read: ReturnType<typeof readRequest>): CapabilityScore {
  const score = scorePlugin(candidate, read, input.healthOf(candidate.name));
  const excluded = exclusionOf(candidate, input);
  return excluded === undefined ? score : { ...score, excluded };
}

function exclusionOf(
  candidate: Candidate,
  { request: { from }, candidates, exclude }: RoutingInput,
): string | undefined {
  const { name, acceptsRoutingFrom } = candidate;
  if (from !== undefined) {
    if (from === name) return "the request comes from this plugin";
    const sender = candidates.find((other) => other.name === from);
    if (sender?.canRouteTo !== undefined && !sender.canRouteTo.has(name))
      return `canRouteTo of '${from}' does not have it`;
    if (acceptsRoutingFrom !== undefined && !acceptsRoutingFrom.has(from))
      return `its acceptsRoutingFrom does not have '${from}'`;
  }
  return exclude?.(name);
}

/** The better score first, then the higher priority, then by name, so that equal requests have equal decisions. */
function byScore(a: Scored, b: Scored): number {
  const difference = b.score.score - a.score.score || b.candidate.priority - a.candidate.priority;
  return difference || (a.candidate.name < b.candidate.name ? -1 : 1);
}

/** The fallback that the manifest of the chosen plugin names comes first. */
function fallbacksOf({ name, fallbackPlugin }: Candidate, eligible: readonly Scored[]): string[] {
  const others = eligible.map(({ candidate }) => candidate.name).filter((other) => other !== name);
  const named = others.filter((other) => other === fallbackPlugin);
  return [...named, ...others.filter((other) => other !== fallbackPlugin)].slice(0, MAX_FALLBACKS);
}

function costOf(durationMs: number, phases: number | undefined): number {
  const agents = phases === undefined ? AGENTS : phases * AGENTS_PER_PHASE;
  return Math.round((durationMs / MINUTE_MS) * agents * DOLLARS_PER_MINUTE * 1000) / 1000;
}

function nothingFits(scored: readonly Scored[]): BridgeError {
  const scores = scored.map(({ score }) => score).slice(0, MAX_SCORES);
  const excluded = scores.filter(({ excluded, capabilities }) => excluded !== undefined && capabilities.length > 0);
  const down = scores.filter(({ capabilities, availability }) => capabilities.length > 0 && availability === 0);
  const message =
    scored.length === 0
      ? "There is no plugin to route to."
      : `No plugin fits this request: of ${scored.length}, ${excluded.length} that match are excluded, and ${down.length} are down; no word, file or pattern of the request matches the others.`;
  return new BridgeError("NOT_FOUND", message, { reason: "no-plugin", scores });
}
