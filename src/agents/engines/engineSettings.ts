import * as z from "zod";
import { shortNameSchema } from "../../core/shortName.ts";
import { wires } from "../../protocol/agents/engines.ts";

/** Part of command IDs, model IDs and file names. */
const idSchema = shortNameSchema.refine(
  (id) => !["kiro", "cli", "auto", "editor", "plugin", "route", "models", "tools"].includes(id),
  {
    message: "this name has a meaning of its own",
  },
);

/** An address without a name or password, which messages and logs would show. */
const addressSchema = z.url({ protocol: /^https?$/ }).regex(/^[^@]*$/);

/** The way to the key of an engine. The key itself is never in a setting. */
const authSchema = z.discriminatedUnion("kind", [
  /** In the secret storage of the editor, by 'Kiro Bridge: Add Model…'. */
  z.strictObject({ kind: z.literal("secret") }),
  /** Printed by a command, as one line. Repeated when the vendor rejects it, and after `refreshMinutes`. */
  z.strictObject({
    kind: z.literal("command"),
    command: z.array(z.string().min(1)).min(1).max(32),
    refreshMinutes: z.int().min(1).max(1440).default(30),
  }),
  z.strictObject({ kind: z.literal("environment"), variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/) }),
  /** Microsoft Entra, by client credentials whose secret is in the secret storage. */
  z.strictObject({
    kind: z.literal("entra"),
    tenantId: z.string().min(1).max(100),
    clientId: z.string().min(1).max(100),
    scope: z.string().min(1).max(300).default("https://cognitiveservices.azure.com/.default"),
    /** For other clouds. */
    authority: addressSchema.default("https://login.microsoftonline.com"),
  }),
  /** For local servers. */
  z.strictObject({ kind: z.literal("none") }),
]);

const price = z.number().min(0).max(1_000_000).optional();
const tokens = z.int().min(1).optional();

const limitsSchema = z.strictObject({
  maxSteps: z.int().min(1).max(200).default(25),
  turnTimeoutMs: z.int().min(1000).max(86_400_000).default(1_800_000),
  /** Without any sign of the model. Over HTTP, Node.js waits 300 s at most. */
  inactivityTimeoutMs: z.int().min(1000).max(3_600_000).default(300_000),
  maxOutputTokens: tokens,
  /** Of all steps of a turn. */
  maxTurnTokens: tokens,
  maxTurnCost: price,
  /** Of all turns of a day, in all windows of this machine. */
  maxDailyTokens: tokens,
  maxDailyCost: price,
  /** Of a day, of each client. */
  maxDailyTokensPerClient: tokens,
});

/** `kiroBridge.engines`: an agent that is a model with the tools of the bridge. */
export const engineSchema = z.strictObject({
  id: idSchema,
  name: z.string().min(1).max(100).optional(),
  wire: z.enum(wires),
  baseUrl: addressSchema.optional(),
  auth: authSchema.default({ kind: "secret" }),
  /** The header of the key. Default: by vendor and wire. */
  keyHeader: z.enum(["authorization", "x-api-key", "api-key"]).optional(),
  /** Azure OpenAI by deployments. */
  apiVersion: z.string().min(1).max(50).optional(),
  /** The vendor's own IDs, the default first. Default: what the vendor lists. */
  models: z.array(z.string().min(1).max(200)).max(200).default([]),
  embeddingModels: z.array(z.string().min(1).max(200)).max(50).default([]),
  /** Added to the requests. Never a key. */
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
      z
        .string()
        .max(2000)
        .regex(/^[\t -~]*$/),
    )
    .default({}),
  instructions: z.string().max(100_000).default(""),
  contextTokens: z.int().min(1000).max(100_000_000).default(128_000),
  limits: limitsSchema.prefault({}),
  /** Per million tokens, in a currency of the user's. Without them there are no costs. */
  prices: z
    .strictObject({
      input: price,
      cachedInput: price,
      cacheWrite: price,
      output: price,
      currency: z.string().max(10).default("USD"),
    })
    .optional(),
});

export type EngineSettings = z.infer<typeof engineSchema>;
export type EngineAuth = EngineSettings["auth"];
