import * as z from "zod";
import type { Authenticator } from "@nats-io/nats-core";

type Nats = typeof import("./natsLibrary.ts");

/** Credentials for a NATS server. They are in the secret storage of the editor, never in a setting. */
const natsCredentialsSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("user"), user: z.string().min(1), password: z.string() }),
  z.strictObject({ kind: z.literal("token"), token: z.string().min(1) }),
  z.strictObject({
    kind: z.literal("nkey"),
    seed: z.string().regex(/^S[A-Z2-7]{57}$/, "An NKey seed has 58 characters and begins with SU."),
  }),
  // The text of a .creds file: a JWT and a seed.
  z.strictObject({
    kind: z.literal("creds"),
    text: z.string().includes("BEGIN NATS USER JWT", { message: "This is not a file of NATS credentials." }),
  }),
]);

export type NatsCredentials = z.infer<typeof natsCredentialsSchema>;

/** Returns how to answer the server. @throws if the stored text is not one that the bridge has written */
export function authenticatorOf(stored: string | undefined, nats: Nats): Authenticator | undefined {
  if (stored === undefined || stored === "") return undefined;
  const credentials = natsCredentialsSchema.parse(JSON.parse(stored));
  switch (credentials.kind) {
    case "user":
      return nats.usernamePasswordAuthenticator(credentials.user, credentials.password);
    case "token":
      return nats.tokenAuthenticator(credentials.token);
    case "nkey":
      return nats.nkeyAuthenticator(Buffer.from(credentials.seed));
    case "creds":
      return nats.credsAuthenticator(Buffer.from(credentials.text));
  }
}
