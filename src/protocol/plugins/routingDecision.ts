import * as z from "zod";

/** The parts of a manifest that give points. */
const capabilityTypes = ["domain", "context", "pattern", "keyword", "integration", "contextPattern"] as const;

const capabilitySchema = z.object({
  type: z.enum(capabilityTypes),
  value: z.string().describe("As the manifest has it."),
  weight: z.number().describe("Points."),
  how: z
    .enum(["word", "stem", "term", "file", "glob"])
    .describe(
      "word: the text has this word. stem: another form of it. term: the text has a word that belongs to it. file: the kind of a file. glob: the path of a file.",
    ),
  matched: z.string().describe("The words of the text, or the path."),
});

const factorSchema = z.object({
  name: z.enum(["priority", "availability"]),
  value: z.number().describe("The points are multiplied by it."),
  reason: z.string(),
});

const healthStates = ["healthy", "degraded", "down"] as const;

const capabilityScoreSchema = z.object({
  plugin: z.string(),
  score: z.number(),
  capabilities: z.array(capabilitySchema),
  factors: z.array(factorSchema),
  health: z.enum(healthStates),
  availability: z.number().describe("From 0 to 1."),
  excluded: z.string().optional().describe("Why it is not chosen, whatever its score is."),
});

export type CapabilityScore = z.infer<typeof capabilityScoreSchema>;

const classificationSchema = z.object({
  domain: z.array(z.string()),
  complexity: z.enum(["simple", "moderate", "complex"]),
  contexts: z.array(z.string()),
  patterns: z.array(z.string()),
  urgency: z.int().min(1).max(10),
  estimatedDuration: z.int().describe("Milliseconds."),
});

export type Classification = z.infer<typeof classificationSchema>;

const collaborationPlanSchema = z.object({
  phases: z.array(
    z.object({
      domain: z.string(),
      plugin: z.string(),
      dependencies: z.array(z.string()).describe("The domains of the phases that come before."),
      parallel: z.boolean().describe("It can run at the same time as another phase."),
      estimatedDuration: z.int().describe("Milliseconds."),
    }),
  ),
  coordinator: z.string(),
  estimatedDuration: z.int().describe("Milliseconds."),
});

export type CollaborationPlan = z.infer<typeof collaborationPlanSchema>;

const executionStrategies = [
  "single_plugin",
  "sequential_collaboration",
  "parallel_collaboration",
  "mixed_collaboration",
] as const;

/** The answer of `POST /api/kiro/route`, also published on `routing/decision`. */
export const routingDecisionSchema = z
  .object({
    requestId: z.string(),
    userInput: z.string(),
    from: z.string().optional(),
    classification: classificationSchema,
    primaryPlugin: z.string(),
    fallbackPlugins: z.array(z.string()).describe("In the order in which they are tried."),
    capabilityScores: z.array(capabilityScoreSchema).describe("The best first, then those that are excluded."),
    collaborationPlan: collaborationPlanSchema.optional(),
    executionStrategy: z.enum(executionStrategies),
    estimatedCost: z.number().describe("US dollars."),
    estimatedDuration: z.int().describe("Milliseconds."),
    timestamp: z.iso.datetime(),
  })
  .meta({ id: "RoutingDecision" });

export type RoutingDecision = z.infer<typeof routingDecisionSchema>;
