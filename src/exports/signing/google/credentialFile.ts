import { open } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import * as z from "zod";
import { jsonIn } from "../../../base/jsonIn.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import { secretAt } from "../destinationSecret.ts";
import type { SigningPorts } from "../ports.ts";
import type { GoogleAuth } from "./googleAuth.ts";

/** Bytes of a file of credentials. */
const MAX_BYTES = 64 * 1024;

const serviceAccountSchema = z.object({
  type: z.literal("service_account"),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).default("https://oauth2.googleapis.com/token"),
});

const userSchema = z.object({
  type: z.literal("authorized_user"),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  refresh_token: z.string().min(1),
  quota_project_id: z.string().min(1).optional(),
});

const credentialSchema = z.discriminatedUnion("type", [serviceAccountSchema, userSchema]);

export type ServiceAccount = z.infer<typeof serviceAccountSchema>;
export type GoogleUser = z.infer<typeof userSchema>;

/** Credentials of Google: a key, or the metadata address of this machine. */
export type GoogleCredential = ServiceAccount | GoogleUser | { readonly type: "metadata" };

/** Reads the credentials that the settings name. @throws DeliveryFailure `blocked` with what to do */
export async function googleCredential(auth: GoogleAuth, ports: SigningPorts): Promise<GoogleCredential> {
  switch (auth.kind) {
    case "secret":
      return credentialIn(await secretAt(auth, "key file of Google", ports), "The secret", ports);
    case "file":
      return await readCredential(absolute(auth.path, ports), ports);
    default: {
      const { environment, name } = ports;
      const named = environment["GOOGLE_APPLICATION_CREDENTIALS"]?.trim() ?? "";
      if (named !== "") return await readCredential(absolute(named, ports), ports);
      const text = await textOf(gcloudFile(environment));
      if (text !== undefined) return credentialIn(text, "The file of gcloud", ports);
      if (auth.useInstanceMetadata) return { type: "metadata" };
      const ways = "Set GOOGLE_APPLICATION_CREDENTIALS, or run 'gcloud auth application-default login'.";
      throw blocked(`The destination '${name}' has no credentials of Google. ${ways}`);
    }
  }
}

async function readCredential(path: string, ports: SigningPorts): Promise<GoogleCredential> {
  const text = await textOf(path);
  if (text !== undefined) return credentialIn(text, "The file of its credentials", ports);
  throw blocked(`The destination '${ports.name}' has no credentials of Google: the file ${path} cannot be read.`);
}

function credentialIn(text: string, origin: string, { name, hide }: SigningPorts): GoogleCredential {
  const json = jsonIn(text);
  const credential = credentialSchema.safeParse(json).data;
  if (credential !== undefined) {
    for (const secret of secretsIn(credential)) hide(secret);
    return credential;
  }
  const type = z.object({ type: z.string().max(100) }).safeParse(json).data?.type;
  const known = "It should be the key of a service account, or what 'gcloud auth application-default login' writes.";
  const wrong = type === undefined ? "has no credentials of Google" : `has the type '${type}', which is not supported`;
  throw blocked(`${origin} of the destination '${name}' ${wrong}. ${known}`);
}

function secretsIn(credential: ServiceAccount | GoogleUser): readonly string[] {
  if (credential.type === "authorized_user") return [credential.client_secret, credential.refresh_token];
  return [credential.private_key, ...credential.private_key.split("\n").filter((line) => line.length > 40)];
}

function absolute(path: string, { name, environment }: SigningPorts): string {
  const full = path.startsWith("~/") ? join(homeIn(environment), path.slice(2)) : path;
  if (isAbsolute(full)) return full;
  throw blocked(`The path '${path}' of the destination '${name}' is not absolute.`);
}

/** Returns the place of the file that gcloud writes. */
function gcloudFile(environment: NodeJS.ProcessEnv): string {
  const { CLOUDSDK_CONFIG: config = "", APPDATA: roaming = "" } = environment;
  const ownFolder = roaming === "" ? join(homeIn(environment), ".config", "gcloud") : join(roaming, "gcloud");
  return join(config === "" ? ownFolder : config, "application_default_credentials.json");
}

function homeIn(environment: NodeJS.ProcessEnv): string {
  const home = environment["HOME"] ?? "";
  return home === "" ? homedir() : home;
}

/** Returns undefined for a file that cannot be read, or is larger than any credentials. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, "r");
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    return bytesRead > MAX_BYTES ? undefined : buffer.toString("utf8", 0, bytesRead);
  } catch {
    return undefined;
  }
}

function blocked(message: string): DeliveryFailure {
  return new DeliveryFailure("blocked", message);
}
