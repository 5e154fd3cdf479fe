import * as z from "zod";
import { variableSchema } from "../destinationSecret.ts";

/** The way to credentials of AWS, or of a service that signs like AWS. They are never in a setting. */
export const awsAuthSchema = z.discriminatedUnion("kind", [
  /** The default chain of AWS: variables, profiles with SSO, roles and processes, web identity, container. */
  z.strictObject({
    kind: z.literal("chain"),
    profile: z.string().min(1).max(100).optional(),
    /** Asks the metadata address of a virtual machine (IMDS) at last. */
    useInstanceMetadata: z.boolean().default(false),
  }),
  /** The secret of the destination: `{"accessKeyId": "…", "secretAccessKey": "…"}`, perhaps with a `sessionToken`. */
  z.strictObject({ kind: z.literal("secret") }),
  z.strictObject({
    kind: z.literal("environment"),
    accessKeyId: variableSchema.default("AWS_ACCESS_KEY_ID"),
    secretAccessKey: variableSchema.default("AWS_SECRET_ACCESS_KEY"),
    sessionToken: variableSchema.default("AWS_SESSION_TOKEN"),
  }),
]);

export type AwsAuth = z.infer<typeof awsAuthSchema>;

/** The default of `auth`. */
export const defaultAwsAuth = { kind: "chain" } as const satisfies z.input<typeof awsAuthSchema>;

/** A region. A service that has none takes `us-east-1` or `auto`. */
export const awsRegionSchema = z.string().regex(/^[a-z0-9-]{1,40}$/, "a region such as eu-central-1");
