import * as z from "zod";
import { addressSchema, commonShape } from "../../delivery/commonSettings.ts";
import { awsAuthSchema, awsRegionSchema, defaultAwsAuth } from "../../signing/aws/awsAuth.ts";
import { entraAuthSchema } from "../../signing/azure/entraTokens.ts";
import { secretVariableSchema } from "../../signing/destinationSecret.ts";
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
      .refine((name) => !KEY_HEADER.test(name), "a header for a key, which belongs in the secret of the destination"),
    z.string().regex(/^[\x20-\x7e]{0,1000}$/, "the value of a header"),
  )
  .default({})
  .describe("Further headers, without keys.");

const endpointsSchema = z
  .strictObject({
    traces: addressSchema.optional().describe("The address for traces."),
    logs: addressSchema.optional().describe("The address for logs."),
    metrics: addressSchema.optional().describe("The address for metrics."),
  })
  .describe(
    "The whole address of a signal, where it is not `endpoint` with `/v1/traces`, `/v1/logs` or `/v1/metrics`.",
  );

/** A key in a header: the secret of the destination, or in a variable. */
const keyKind = z.literal("key").describe("A key in a header.");
const keyAuth = z
  .strictObject({ kind: keyKind, variable: secretVariableSchema })
  .prefault({ kind: "key" })
  .describe("The key of the service, which is the secret of the destination.");

const common = {
  ...commonShape,
  kind: z.literal("otlp").describe("A service that takes traces, metrics and logs by OTLP."),
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
  compression: z.enum(["gzip", "none"]).default("gzip").describe("The compression of requests."),
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
  return addressSchema
    .default(presets[preset].endpoint ?? "")
    .describe("The address of the service, which is another one in some regions.");
}

const collectorAuth = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none").describe("No authentication.") }),
    z.strictObject({
      kind: keyKind,
      variable: secretVariableSchema,
      header: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,100}$/)
        .default("authorization")
        .describe("The name of the header."),
      scheme: z
        .enum(["bearer", "basic", "plain"])
        .default("bearer")
        .describe(
          "The form of its value. `basic`: the key is `user:password`. `plain`: the key is the whole value of the header.",
        ),
    }),
  ])
  .prefault({ kind: "none" })
  .describe("A key in a header, or none.");

const collector = z.strictObject({
  ...common,
  preset: z.literal("collector").describe("Any collector or service that speaks OTLP over HTTP."),
  endpoint: addressSchema.default(collectorEndpoint ?? "").describe("The address without `/v1/…`."),
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
  region: awsRegionSchema.describe("The region of CloudWatch."),
  logGroup: z.string().min(1).max(512).optional().describe("The log group, which must exist. Needed for logs."),
  logStream: z
    .string()
    .min(1)
    .max(512)
    .default("kiro-bridge")
    .describe("The log stream in the group, which must exist."),
  auth: awsAuthSchema
    .prefault(defaultAwsAuth)
    .describe("The credentials that sign traces, and metrics and logs without an API key."),
  bearer: z
    .strictObject({ variable: secretVariableSchema })
    .optional()
    .describe("An API key of CloudWatch for metrics and logs, which is the secret of the destination."),
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
  projectId: z
    .string()
    .regex(/^[a-z0-9.:-]{1,100}$/, "the ID of a project")
    .describe("The ID of the project."),
  endpoint: endpointOf("google-cloud"),
  auth: googleAuthSchema.prefault(defaultGoogleAuth).describe("The credentials of Google."),
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
  endpoint: addressSchema.describe("The address on the card 'OpenTelemetry' of the stack."),
  instanceId: z
    .string()
    .regex(/^\d{1,20}$/, "the number of the instance")
    .describe("The number of the instance, on the same card."),
  auth: keyAuth,
});

const honeycomb = z.strictObject({
  ...common,
  preset: z.literal("honeycomb").describe("Honeycomb."),
  endpoint: endpointOf("honeycomb"),
  metricsDataset: z.string().min(1).max(100).default("kiro-bridge").describe("The dataset for metrics."),
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
