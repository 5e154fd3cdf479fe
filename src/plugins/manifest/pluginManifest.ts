import * as z from "zod";
import { communicationSchema, methodName } from "./communication.ts";
import { isCheapGlob } from "./globs.ts";
import { PLUGIN_NAME } from "./names.ts";

const words = z.array(z.string().min(1).max(100)).max(100).optional();
const milliseconds = z.int().min(0).max(86_400_000).optional();
const relativePath = z
  .string()
  .min(1)
  .max(500)
  .refine((path) => !path.includes("\0"), "is not a path");

const nameSchema = z
  .string()
  .regex(PLUGIN_NAME, "is not a name: small letters, digits and hyphens, at most 64, and not one of the bridge's own");
const peers = z
  .array(z.union([nameSchema, z.literal("*")]))
  .max(100)
  .optional();
const glob = z.string().refine(isCheapGlob, "is not a glob, or takes too long to match");

const capabilitiesSchema = z.looseObject({ domains: words, contexts: words, patterns: words, integrations: words });

const routingSchema = z.looseObject({
  method: methodName.optional().describe("The method that runs a routed request. Default: execute_command."),
  priority: z.number().min(0).max(1000).optional().describe("100 is neutral."),
  keywords: words.describe("Words of a request that speak for this plugin."),
  contextPatterns: z.array(glob).max(100).optional().describe("Globs for the files of a request."),
  acceptsRoutingFrom: peers.describe("The plugins whose requests may be routed here. Absent: all."),
  canRouteTo: peers.describe("The plugins to which requests of this one may be routed. Absent: all."),
});

const sharedStateSchema = z.union([
  z.string().min(1).max(200),
  z.looseObject({
    name: z.string().min(1).max(200),
    plugin: nameSchema.optional(),
    version: z.union([z.int().min(0), z.string().min(1).max(100)]).optional(),
  }),
]);
const sharedStates = z.array(sharedStateSchema).max(100).optional();

const stateSchema = z.looseObject({
  persistence: z
    .looseObject({
      type: z.string().max(100).optional(),
      path: relativePath.optional(),
      schema: relativePath.optional(),
    })
    .optional(),
  sharing: z
    .looseObject({
      exports: sharedStates.describe("The states that other plugins may import."),
      imports: sharedStates.describe("The states of other plugins that this one reads: <plugin>/<state>."),
    })
    .optional(),
});

const orchestrationSchema = z.looseObject({
  enabled: z.boolean().optional(),
  mandatory: z.boolean().optional(),
  protocol: z
    .looseObject({
      version: z.string().max(100).optional(),
      supportedPatterns: z
        .array(z.enum(["sequential", "parallel", "conditional", "saga"]))
        .max(10)
        .optional(),
    })
    .optional(),
});

const errorHandlingSchema = z.looseObject({
  circuitBreaker: z
    .looseObject({
      enabled: z.boolean().optional(),
      threshold: z.int().min(1).max(10_000).optional().describe("Failures that open the circuit."),
      timeout: milliseconds.describe("Milliseconds before an open circuit is tried again."),
      halfOpenRetries: z.int().min(1).max(1000).optional().describe("Successful probes that close the circuit."),
      monitoringWindow: milliseconds.describe("Milliseconds in which failures count."),
    })
    .optional(),
  retryPolicy: z
    .looseObject({
      maxRetries: z.int().min(0).max(100).optional(),
      backoff: z.enum(["linear", "exponential", "fibonacci"]).optional(),
      initialDelay: milliseconds,
      maxDelay: milliseconds,
      retryableErrors: words,
    })
    .optional(),
  fallback: z
    .looseObject({ strategy: z.string().max(100).optional(), fallbackPlugin: nameSchema.optional() })
    .optional(),
});

const environmentSchema = z
  .record(z.string().regex(/^[A-Za-z_]\w{0,99}$/, "is not the name of a variable"), z.string().max(10_000))
  .refine((variables) => Object.keys(variables).length <= 100, "has more than 100 variables")
  .refine(
    (variables) => !Object.keys(variables).some((name) => name.toUpperCase().startsWith("KIRO_BRIDGE_")),
    "sets a variable of the bridge",
  );

const provided = z.union([z.int().min(0), z.array(z.string().max(500)).max(1000)]).optional();

/**
 * The file `.claude-plugin/plugin.json` of a plugin. Unknown keys are kept: other programs read the same file. Values that
 * are only for those have no type here.
 */
const shape = {
  $schema: z.string().max(2000).optional(),
  name: nameSchema.describe("Unique: no other plugin of this user has it."),
  version: z
    .string()
    .max(100)
    .regex(/^\d+\.\d+\.\d+(?:-[\dA-Za-z.-]+)?(?:\+[\dA-Za-z.-]+)?$/, "is not a version such as 1.0.0"),
  apiVersion: z.literal("v1").optional(),
  description: z.string().max(2000).optional(),
  author: z.unknown().optional(),
  homepage: z.unknown().optional(),
  repository: z.unknown().optional(),
  license: z.unknown().optional(),
  keywords: z.unknown().optional(),
  commands: z.unknown().optional(),
  agents: z.unknown().optional(),
  skills: z.unknown().optional(),
  hooks: z.unknown().optional(),
  mcpServers: z.unknown().optional(),
  provides: z.looseObject({ agents: provided, commands: provided, skills: provided }).optional(),
  main: relativePath.optional().describe("The JavaScript file to run with Node, inside of the folder of the plugin."),
  command: z.string().min(1).max(500).optional().describe("In place of `main`: the program to run."),
  args: z.array(z.string().max(10_000)).max(100).optional().describe("The arguments of `main` or `command`."),
  env: environmentSchema.optional().describe("Environment variables of the process."),
  capabilities: capabilitiesSchema.optional(),
  routing: routingSchema.optional(),
  communication: communicationSchema.optional(),
  stateManagement: stateSchema.optional(),
  orchestration: orchestrationSchema.optional(),
  errorHandling: errorHandlingSchema.optional(),
};

export const pluginManifestSchema = z.looseObject(shape).superRefine((manifest, context) => {
  const complain = (path: readonly string[], message: string): void =>
    context.addIssue({ code: "custom", path: [...path], message });
  if (manifest.main !== undefined && manifest.command !== undefined)
    complain(["command"], "is not possible together with `main`");
  if (manifest.main === undefined && manifest.command === undefined)
    for (const key of ["args", "env"] as const)
      if (manifest[key] !== undefined) complain([key], "needs `main` or `command`");
  const endpoint = manifest.communication?.rpc?.endpoint;
  if (endpoint !== undefined && endpoint !== `plugin://${manifest.name}/rpc`)
    complain(["communication", "rpc", "endpoint"], `is not plugin://${manifest.name}/rpc`);
});

export type PluginManifest = z.infer<typeof pluginManifestSchema>;
