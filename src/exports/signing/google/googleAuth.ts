import * as z from "zod";
import { addressSchema } from "../../delivery/commonSettings.ts";
import { secretVariableSchema } from "../destinationSecret.ts";

const tokenUrl = addressSchema
  .optional()
  .describe("The address of the token endpoint. Default: that of the key, or Google's.");

/** The way to credentials of Google. They are never in a setting. */
export const googleAuthSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z
      .literal("default")
      .describe(
        "Application Default Credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or that of `gcloud`.",
      ),
    useInstanceMetadata: z
      .boolean()
      .default(false)
      .describe("Whether the metadata address of a virtual machine is asked last."),
    tokenUrl,
  }),
  z.strictObject({
    kind: z.literal("file").describe("A credential file, such as the key of a service account."),
    path: z.string().min(1).max(1000).describe("The path of the file."),
    tokenUrl,
  }),
  z.strictObject({
    kind: z.literal("secret").describe("The contents of a credential file, as the secret of the destination."),
    variable: secretVariableSchema,
    tokenUrl,
  }),
]);

export type GoogleAuth = z.infer<typeof googleAuthSchema>;

/** The default of `auth`. */
export const defaultGoogleAuth = { kind: "default" } as const satisfies z.input<typeof googleAuthSchema>;
