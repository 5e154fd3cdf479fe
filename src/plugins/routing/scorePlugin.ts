import type { CapabilityScore } from "../../protocol/plugins/routingDecision.ts";
import { type Candidate, NEUTRAL_PRIORITY } from "./candidate.ts";
import type { ReadRequest } from "./classify.ts";
import { type Glob, matchesGlob } from "./glob.ts";
import type { Term, TextMatch } from "./textIndex.ts";

/** The health of a plugin, as far as the bridge knows. */
export interface RoutingHealth {
  readonly status: CapabilityScore["health"];
  readonly latencyMs: number;
  /** From 0 to 1. */
  readonly errorRate: number;
  /** The source of these numbers, for the explanation of the score. */
  readonly source: string;
}

type Capability = CapabilityScore["capabilities"][number];
type Match = Pick<Capability, "how" | "matched">;

const WEIGHTS = { domain: 30, keyword: 25, context: 20, contextPattern: 20, pattern: 15, integration: 10 } as const;
/** Of each type, so that a long list of words alone wins nothing. */
const MAX_COUNTED = 10;
/**
 * Maximum work on the globs of one plugin, in characters of paths, where a folder counts as much as 8 of them: 500 paths of
 * 50 characters with 10 globs. Further globs are not tried.
 */
const MAX_GLOB_WORK = 500_000;
const WORK_OF_FOLDER = 8;
const DEGRADED = 0.5;
const LEAST_AVAILABILITY = 0.1;
const MOST_LATENCY_SECONDS = 0.3;
const SHARE_OF_ERRORS = 0.5;

/** Scores one plugin: the sum of its matching capabilities, times its priority and its availability. */
export function scorePlugin(candidate: Candidate, request: ReadRequest, health: RoutingHealth): CapabilityScore {
  const capabilities = capabilitiesOf(candidate, request);
  const availability = availabilityOf(health);
  const priority = candidate.priority / NEUTRAL_PRIORITY;
  const points = capabilities.reduce((sum, { weight }) => sum + weight, 0);
  return {
    plugin: candidate.name,
    score: rounded(points * priority * availability),
    capabilities,
    factors: [
      { name: "priority", value: priority, reason: `the manifest has priority ${candidate.priority}; 100 is neutral` },
      { name: "availability", value: availability, reason: reasonOf(health) },
    ],
    health: health.status,
    availability,
  };
}

function capabilitiesOf(candidate: Candidate, request: ReadRequest): Capability[] {
  const { index, domains, contexts, patterns, fileContexts, files } = request;
  const inText = (term: Term): Match | undefined => index.find(term);
  const asTopic = (topics: ReadonlyMap<string, TextMatch>) => (term: Term) => inText(term) ?? byTerm(topics, term);
  const context = asTopic(contexts);
  return [
    ...matching("domain", candidate.domains, asTopic(domains)),
    ...matching("keyword", candidate.keywords, inText),
    ...matching("context", candidate.contexts, (term) => context(term) ?? byFile(fileContexts, term)),
    ...matching("contextPattern", affordable(candidate.contextPatterns, files), (glob) => byGlob(files, glob)),
    ...matching("pattern", candidate.patterns, asTopic(patterns)),
    ...matching("integration", candidate.integrations, inText),
  ];
}

function matching<T extends { readonly name: string }>(
  type: Capability["type"],
  items: readonly T[],
  find: (item: T) => Match | undefined,
): Capability[] {
  const found: Capability[] = [];
  for (const item of items) {
    const match = find(item);
    if (match === undefined) continue;
    found.push({ type, value: item.name, weight: WEIGHTS[type], how: match.how, matched: match.matched });
    if (found.length === MAX_COUNTED) break;
  }
  return found;
}

/** Finds a topic of the bridge's vocabulary by the words that belong to it. */
function byTerm(topics: ReadonlyMap<string, TextMatch>, term: Term): Match | undefined {
  const match = topics.get(keyOf(term));
  return match && { how: "term", matched: match.matched };
}

function byFile(contexts: ReadonlyMap<string, string>, term: Term): Match | undefined {
  const matched = contexts.get(keyOf(term));
  return matched === undefined ? undefined : { how: "file", matched };
}

function affordable(globs: readonly Glob[], files: ReadRequest["files"]): readonly Glob[] {
  const once = files.reduce((sum, { path, names }) => sum + path.length + names.length * WORK_OF_FOLDER, 0);
  let work = 0;
  return globs.filter(({ alternatives }) => (work += alternatives.length * once) <= MAX_GLOB_WORK);
}

function byGlob(files: ReadRequest["files"], glob: Glob): Match | undefined {
  const file = files.find(({ names }) => matchesGlob(glob, names));
  return file && { how: "glob", matched: file.path };
}

/** Topics are named as "smart-home". */
function keyOf({ words }: Term): string {
  return words.replaceAll(" ", "-");
}

function availabilityOf({ status, latencyMs, errorRate }: RoutingHealth): number {
  if (status === "down") return 0;
  if (status === "degraded") return DEGRADED;
  const slowness = Math.min(latencyMs / 1000, MOST_LATENCY_SECONDS);
  return rounded(Math.max(LEAST_AVAILABILITY, 1 - slowness - errorRate * SHARE_OF_ERRORS));
}

function reasonOf({ status, latencyMs, errorRate, source }: RoutingHealth): string {
  if (status === "down") return `${source}: down`;
  return `${source}: ${status}, ${Math.round(latencyMs)} ms, ${Math.round(errorRate * 100)} % errors`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
