import * as z from "zod";
import { addressSchema, commonShape } from "../../delivery/commonSettings.ts";
import { awsAuthSchema, awsRegionSchema, defaultAwsAuth } from "../../signing/aws/awsAuth.ts";
import { entraAuthSchema } from "../../signing/azure/entraTokens.ts";
import { variableSchema } from "../../signing/destinationSecret.ts";
import { defaultGoogleAuth, googleAuthSchema } from "../../signing/google/googleAuth.ts";
import { histogramForms, temporalities } from "../signals/metrics.ts";
import { type PresetName, presets } from "./presets.ts";
import { signals } from "../signals/payload.ts";
import { protocols } from "./wire.ts";

/** Names of headers that hold keys, which must not be in settings. */
const KEY_HEADER = /authorization|cookie|api[-_]?key|token|secret|password|x-honeycomb-team/i;

const headersSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "the name of a header")
      .refine((name) => !KEY_HEADER.test(name), "a header for a key, which belongs into the secret of the destination"),
    z.string().regex(/^[\x20-\x7e]{0,1000}$/, "the value of a header"),
  )
  .default({})
  .describe("Further headers, without keys.");

const endpointsSchema = z
  .strictObject({ traces: addressSchema.optional(), logs: addressSchema.optional(), metrics: addressSchema.optional() })
  .describe(
    "The whole address of a signal, where it is not `endpoint` with `/v1/traces`, `/v1/logs` or `/v1/metrics`.",
  );

/** A key in a header: the secret of the destination, or in a variable. */
const keyAuthSchema = z.strictObject({ kind: z.literal("key"), variable: variableSchema.optional() });
const keyAuth = keyAuthSchema
  .prefault({ kind: "key" })
  .describe("The key of the service: the secret of the destination, or in the environment variable `variable`.");

const common = {
  ...commonShape,
  kind: z.literal("otlp"),
  signals: z
    .array(z.enum(signals))
    .min(1)
    .max(signals.length)
    .optional()
    .describe("What is sent. Default: what the service takes."),
  headers: headersSchema,
  resourceAttributes: z
    .record(z.string().min(1).max(100), z.string().max(1000))
    .default({})
    .describe("Further attributes of the resource, such as `deployment.environment.name`."),
  protocol: z.enum(protocols).default("http/protobuf").describe("The encoding."),
  compression: z.enum(["gzip", "none"]).default("gzip"),
  temporality: z
    .enum(temporalities)
    .optional()
    .describe("Whether metrics are totals or differences. Default: what the service wants."),
  histograms: z.enum(histogramForms).optional().describe("The buckets of histograms. Default: what the service wants."),
  metricsIntervalSeconds: z.int().min(1).max(3600).default(60).describe("How often metrics are sent."),
} as const;

const { endpoint: collectorEndpoint } = presets.collector;

/** Builds the field for an address that everybody has in common, and some need another one, such as that of another region. */
function endpointOf(preset: PresetName): z.ZodDefault<typeof addressSchema> {
  return addressSchema.default(presets[preset].endpoint ?? "").describe("For another region or site.");
}

const collectorAuth = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({
      kind: z.literal("key"),
      variable: variableSchema.optional(),
      header: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,100}$/)
        .default("authorization"),
      scheme: z
        .enum(["bearer", "basic", "plain"])
        .default("bearer")
        .describe("`basic`: the key is `user:password`. `plain`: the key is the whole value of the header."),
    }),
  ])
  .prefault({ kind: "none" });

const collector = z.strictObject({
  ...common,
  preset: z.literal("collector").describe("Any collector or service that speaks OTLP over HTTP."),
  endpoint: addressSchema.default(collectorEndpoint ?? ""),
  endpoints: endpointsSchema.default({}),
  auth: collectorAuth,
  useEnvironment: z
    .boolean()
    .default(true)
    .describe("Whether the variables `OTEL_EXPORTER_OTLP_*` win over these settings."),
});

const cloudwatch = z.strictObject({
  ...common,
  preset: z.literal("cloudwatch").describe("Amazon CloudWatch and X-Ray."),
  region: awsRegionSchema,
  logGroup: z.string().min(1).max(512).optional().describe("Needed for logs. It must exist."),
  logStream: z.string().min(1).max(512).default("kiro-bridge").describe("It must exist in the group."),
  auth: awsAuthSchema.prefault(defaultAwsAuth).describe("For traces, and for metrics and logs without an API key."),
  bearer: z
    .strictObject({ variable: variableSchema.optional() })
    .optional()
    .describe("An API key of CloudWatch for metrics and logs: the secret of the destination, or in a variable."),
  endpoints: endpointsSchema.default({}),
});

const azure = z.strictObject({
  ...common,
  preset: z
    .literal("azure-monitor")
    .describe("Azure Monitor by its data collection endpoint. The service is in preview."),
  endpoints: endpointsSchema.describe("The addresses of the data collection rule, from the portal."),
  auth: entraAuthSchema,
});

const google = z.strictObject({
  ...common,
  preset: z.literal("google-cloud").describe("Google Cloud Observability."),
  projectId: z.string().regex(/^[a-z0-9.:-]{1,100}$/, "the ID of a project"),
  endpoint: endpointOf("google-cloud"),
  auth: googleAuthSchema.prefault(defaultGoogleAuth),
});

const laminar = z.strictObject({
  ...common,
  preset: z.literal("laminar").describe("Laminar."),
  endpoint: endpointOf("laminar"),
  auth: keyAuth,
});

const grafana = z.strictObject({
  ...common,
  preset: z.literal("grafana").describe("Grafana Cloud."),
  endpoint: addressSchema.describe("From the card 'OpenTelemetry' of the stack."),
  instanceId: z.string().regex(/^\d{1,20}$/, "the number of the instance"),
  auth: keyAuth,
});

const honeycomb = z.strictObject({
  ...common,
  preset: z.literal("honeycomb").describe("Honeycomb."),
  endpoint: endpointOf("honeycomb"),
  metricsDataset: z.string().min(1).max(100).default("kiro-bridge").describe("The dataset of metrics."),
  auth: keyAuth,
});

const datadog = z.strictObject({
  ...common,
  preset: z.literal("datadog").describe("Datadog."),
  endpoint: endpointOf("datadog"),
  auth: keyAuth,
});

/** The settings of a destination of kind `otlp`. */
export const otlpSchema = z
  .discriminatedUnion("preset", [collector, laminar, cloudwatch, azure, google, grafana, honeycomb, datadog])
  .superRefine((settings, context) => {
    if (settings.preset !== "cloudwatch" || settings.logGroup !== undefined) return;
    if (settings.signals?.includes("logs") !== true) return;
    context.addIssue({ code: "custom", path: ["logGroup"], message: "is needed for logs" });
  });

export type OtlpSettings = z.infer<typeof otlpSchema>;
export type SettingsOf<Name extends PresetName> = Extract<OtlpSettings, { preset: Name }>;
