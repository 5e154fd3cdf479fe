import * as z from "zod";
import type { Authenticator } from "@nats-io/nats-core";
import type { Event } from "../../base/events.ts";

type Nats = typeof import("./natsLibrary.ts");

/** Credentials for a NATS server. They are in the secret storage of the editor, never in a setting. */
export const natsCredentialsSchema = z.discriminatedUnion("kind", [
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

/** The place where the credentials are kept. */
export interface NatsCredentialsPort {
  /** Returns what `natsCredentialsSchema` describes, as JSON. */
  read(): Promise<string | undefined>;
  readonly onDidChange: Event<void>;
}

/** Returns how to answer the server. @throws if the stored text is not one that the bridge has written */
export function authenticatorOf(stored: string | undefined, nats: Nats): Authenticator | undefined {
  if (stored === undefined || stored === "") return undefined;
  const { data: credentials, error } = natsCredentialsSchema.safeParse(JSON.parse(stored));
  if (error) throw new Error(`the stored credentials are not valid: ${error.issues[0]?.message}`);
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
