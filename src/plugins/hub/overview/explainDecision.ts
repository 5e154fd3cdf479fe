import * as z from "zod";
import type { RoutingDecision } from "../../../protocol/plugins/routingDecision.ts";

type Score = RoutingDecision["capabilityScores"][number];

/** One decision as a person sees it. */
export interface ExplainedDecision {
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  /** The beginning of the request. */
  readonly text: string;
  readonly plugin: string;
  readonly score?: number | undefined;
  /** Sentences without a full stop. */
  readonly reasons: readonly string[];
  readonly fallbacks: readonly string[];
}

const MAX_TEXT_LENGTH = 300;
const MAX_REASONS = 20;

/** As much of a decision as is shown. */
const decisionSchema = z.object({
  requestId: z.string(),
  userInput: z.string(),
  primaryPlugin: z.string(),
  fallbackPlugins: z.array(z.string()),
  capabilityScores: z.array(z.custom<Score>((value) => typeof value === "object" && value !== null)),
  timestamp: z.string(),
});

const fallbackSchema = z.object({
  requestId: z.string(),
  originalPlugin: z.string(),
  fallbackPlugin: z.string(),
  reason: z.string(),
});

/** Returns a decision of the router in words; undefined for a payload of another shape. */
export function explainDecision(payload: unknown): ExplainedDecision | undefined {
  const { data } = decisionSchema.safeParse(payload);
  if (data === undefined) return undefined;
  const { requestId, userInput, primaryPlugin, fallbackPlugins, capabilityScores, timestamp } = data;
  const chosen = capabilityScores.find(({ plugin }) => plugin === primaryPlugin);
  return {
    id: requestId,
    at: timestamp,
    text: userInput.slice(0, MAX_TEXT_LENGTH),
    plugin: primaryPlugin,
    ...(chosen !== undefined && { score: chosen.score }),
    reasons: chosen === undefined ? [] : reasonsOf(chosen),
    fallbacks: fallbackPlugins,
  };
}

/** Adds that another plugin took the place of the chosen one, if the fallback is of this decision. */
export function withFallback(decision: ExplainedDecision, payload: unknown): ExplainedDecision {
  const { data } = fallbackSchema.safeParse(payload);
  if (data?.requestId !== decision.id) return decision;
  const { originalPlugin, fallbackPlugin, reason } = data;
  const sentence = `${fallbackPlugin} took the place of ${originalPlugin}: ${reason}`;
  return { ...decision, reasons: [sentence, ...decision.reasons].slice(0, MAX_REASONS) };
}

function reasonsOf({ capabilities, factors }: Score): string[] {
  const points = capabilities.map((capability) => `${howText(capability)} (+${capability.weight})`);
  const factorTexts = factors
    .filter(({ value }) => value !== 1)
    .map(({ name, value, reason }) => `times ${Math.round(value * 100) / 100} for ${name}: ${reason}`);
  return [...points, ...factorTexts].slice(0, MAX_REASONS);
}

const types: Readonly<Record<Score["capabilities"][number]["type"], string>> = {
  domain: "domain",
  context: "context",
  pattern: "pattern",
  keyword: "keyword",
  integration: "integration",
  contextPattern: "glob",
};

function howText({ type, value, how, matched }: Score["capabilities"][number]): string {
  const what = `its ${types[type]} ${value}`;
  switch (how) {
    case "word":
      return `“${matched}” is ${what}`;
    case "stem":
      return `“${matched}” is a form of ${what}`;
    case "term":
      return `“${matched}” belongs to ${what}`;
    case "file":
      return `${matched} is a file of ${what}`;
    case "glob":
      return `${matched} matches ${what}`;
  }
}
