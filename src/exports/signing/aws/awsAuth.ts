import * as z from "zod";
import { variableSchema } from "../destinationSecret.ts";

/** The way to credentials of AWS, or of a service that signs like AWS. They are never in a setting. */
export const awsAuthSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z
      .literal("chain")
      .describe(
        "The default credential chain of AWS: environment variables, profiles with SSO, roles and processes, web identity, and containers.",
      ),
    profile: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe("The profile in the AWS configuration files. Default: `AWS_PROFILE`, or `default`."),
    useInstanceMetadata: z
      .boolean()
      .default(false)
      .describe("Whether the metadata address of a virtual machine (IMDS) is asked last."),
  }),
  z.strictObject({
    kind: z
      .literal("secret")
      .describe(
        'The secret of the destination: `{"accessKeyId": "…", "secretAccessKey": "…"}`, optionally with a `sessionToken`.',
      ),
  }),
  z.strictObject({
    kind: z.literal("environment").describe("Keys in environment variables."),
    accessKeyId: variableSchema
      .default("AWS_ACCESS_KEY_ID")
      .describe("The environment variable with the ID of the access key."),
    secretAccessKey: variableSchema
      .default("AWS_SECRET_ACCESS_KEY")
      .describe("The environment variable with the secret key."),
    sessionToken: variableSchema
      .default("AWS_SESSION_TOKEN")
      .describe("The environment variable with the session token of temporary keys."),
  }),
]);

export type AwsAuth = z.infer<typeof awsAuthSchema>;

/** The default of `auth`. */
export const defaultAwsAuth = { kind: "chain" } as const satisfies z.input<typeof awsAuthSchema>;

/** A region. A service that has none takes `us-east-1` or `auto`. */
export const awsRegionSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, "a region such as eu-central-1")
  .describe("The region of the service.");
