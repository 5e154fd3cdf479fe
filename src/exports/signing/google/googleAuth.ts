import * as z from "zod";
import { addressSchema } from "../../delivery/commonSettings.ts";
import { variableSchema } from "../destinationSecret.ts";

const tokenUrl = addressSchema
  .optional()
  .describe("The address of the token endpoint. Default: that of the key, or Google's.");

/** The way to credentials of Google. They are never in a setting. */
export const googleAuthSchema = z.discriminatedUnion("kind", [
  /** Application Default Credentials: the file of `GOOGLE_APPLICATION_CREDENTIALS`, else that of `gcloud`. */
  z.strictObject({
    kind: z.literal("default"),
    /** Asks the metadata address of a virtual machine at last. */
    useInstanceMetadata: z.boolean().default(false),
    tokenUrl,
  }),
  /** A file of these credentials, such as the key of a service account. */
  z.strictObject({ kind: z.literal("file"), path: z.string().min(1).max(1000), tokenUrl }),
  /** The contents of such a file, as the secret of the destination or in a variable. */
  z.strictObject({ kind: z.literal("secret"), variable: variableSchema.optional(), tokenUrl }),
]);

export type GoogleAuth = z.infer<typeof googleAuthSchema>;

/** The default of `auth`. */
export const defaultGoogleAuth = { kind: "default" } as const satisfies z.input<typeof googleAuthSchema>;
