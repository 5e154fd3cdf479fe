import * as z from "zod";
import { jsonIn } from "../../../base/jsonIn.ts";
import { CachedKey, type FetchedKey, type KeySource } from "../../../core/credentials/cachedKey.ts";
import { tokenInAnswer, usableMs } from "../../../core/credentials/tokenAnswer.ts";
import { vendorErrorOf } from "../../../core/network/vendorText.ts";
import { DeliveryFailure } from "../../delivery/destination.ts";
import { answerFailure } from "../../http/answerFailure.ts";
import { onSecretChange } from "../destinationSecret.ts";
import type { SigningPorts } from "../ports.ts";
import { requestToken } from "../tokenRequest.ts";
import { type GoogleCredential, googleCredential, type GoogleUser, type ServiceAccount } from "./credentialFile.ts";
import type { GoogleAuth } from "./googleAuth.ts";
import { JWT_SECONDS, serviceAccountJwt } from "./serviceAccountJwt.ts";

const TOKEN_URL = "https://oauth2.googleapis.com/token";
const METADATA_MS = 3000;

/** A token is for the APIs of Google by its scopes, or for a service of the user's by its audience (an ID token). */
export type GooglePurpose = { readonly scopes: readonly string[] } | { readonly audience: string };

/** A token, and the project that pays for requests of a user. */
export interface GoogleKey {
  readonly token: string;
  readonly quotaProject?: string | undefined;
}

/** Creates the way to tokens of Google, as the settings say. Failures are `DeliveryFailure` with what to do. */
export function googleTokens(auth: GoogleAuth, purpose: GooglePurpose, ports: SigningPorts): KeySource<GoogleKey> {
  return new CachedKey<GoogleKey>({
    read: async (signal) => await readToken(auth, purpose, ports, signal),
    hide: ({ token }) => ports.hide(token),
    isSame: (a, b) => a.token === b.token,
    onDidChange: (listener) => onSecretChange(ports, listener),
  });
}

async function readToken(
  auth: GoogleAuth,
  purpose: GooglePurpose,
  ports: SigningPorts,
  signal: AbortSignal,
): Promise<FetchedKey<GoogleKey>> {
  const credential = await googleCredential(auth, ports);
  const { key: token, ...life } = await tokenFor(credential, { auth, purpose }, ports, signal);
  const quotaProject = credential.type === "authorized_user" ? credential.quota_project_id : undefined;
  return { key: { token, quotaProject }, ...life };
}

interface Wanted {
  readonly auth: GoogleAuth;
  readonly purpose: GooglePurpose;
}

async function tokenFor(
  credential: GoogleCredential,
  { auth, purpose }: Wanted,
  ports: SigningPorts,
  signal: AbortSignal,
): Promise<FetchedKey> {
  switch (credential.type) {
    case "service_account":
      if ("audience" in purpose) return await idToken(credential, { auth, ...purpose }, ports, signal);
      return selfSigned(credential, purpose.scopes, ports);
    case "authorized_user":
      if (!("audience" in purpose)) return await userToken(credential, auth, ports, signal);
      throw new DeliveryFailure(
        "blocked",
        `The destination '${ports.name}' calls a function by an ID token, which only a service account gets. Set 'auth' to its key file.`,
      );
    default:
      return await metadataToken(purpose, ports, signal);
  }
}

/** The APIs of Google take a JWT of the service account itself, without an exchange. */
function selfSigned(account: ServiceAccount, scopes: readonly string[], { now }: SigningPorts): FetchedKey {
  const claims = { sub: account.client_email, scope: scopes.join(" ") };
  return { key: serviceAccountJwt(account, claims, now()), usableMs: usableMs(JWT_SECONDS * 1000) };
}

async function idToken(
  account: ServiceAccount,
  { auth, audience }: { readonly auth: GoogleAuth; readonly audience: string },
  ports: SigningPorts,
  signal: AbortSignal,
): Promise<FetchedKey> {
  const url = new URL(auth.tokenUrl ?? account.token_uri);
  const claims = { sub: account.client_email, aud: url.href, target_audience: audience };
  const assertion = serviceAccountJwt(account, claims, ports.now());
  const body = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
  // A key file may come from anybody.
  const isGuarded = auth.tokenUrl === undefined && url.href !== TOKEN_URL;
  return await requestToken({ url, body, isGuarded, issuer: "Google", adviceFor, tokenIn: idTokenIn }, ports, signal);
}

async function userToken(
  user: GoogleUser,
  { tokenUrl = TOKEN_URL }: GoogleAuth,
  ports: SigningPorts,
  signal: AbortSignal,
): Promise<FetchedKey> {
  const { client_id, client_secret, refresh_token } = user;
  const body = new URLSearchParams({ grant_type: "refresh_token", client_id, client_secret, refresh_token });
  return await requestToken({ url: new URL(tokenUrl), body, issuer: "Google", adviceFor }, ports, signal);
}

/** Asks the metadata address for a token of the machine's own service account. */
async function metadataToken(purpose: GooglePurpose, ports: SigningPorts, signal: AbortSignal): Promise<FetchedKey> {
  const host = ports.environment["GCE_METADATA_HOST"] ?? "metadata.google.internal";
  const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/`);
  const isId = "audience" in purpose;
  url.pathname += isId ? "identity" : "token";
  url.search = new URLSearchParams(isId ? purpose : { scopes: purpose.scopes.join(",") }).toString();
  const headers = { "metadata-flavor": "Google" };
  const answer = await ports.send({ method: "GET", url, headers, timeoutMs: METADATA_MS }, signal);
  const place = `The metadata address, which is asked for a token for the destination '${ports.name}',`;
  if (answer.status !== 200) throw answerFailure(answer, { ...ports, place });
  const text = answer.body.toString();
  const token = isId ? lifeOfJwt(text.trim()) : tokenInAnswer(text);
  if (token !== undefined) return token;
  throw new DeliveryFailure("blocked", `${place} sent no token.`);
}

function adviceFor({ body }: { readonly body: Buffer }): string | undefined {
  const { code, type, message = "" } = vendorErrorOf(body.toString());
  if (/account not found|invalid_client|deleted_client/i.test(`${code} ${type} ${message}`))
    return "Is the account of the key still there? Create another key.";
  if (/expired or revoked|invalid_rapt|reauth/i.test(message))
    return "Run 'gcloud auth application-default login' again.";
  if (/invalid jwt signature/i.test(message)) return "The key was deleted. Create another one.";
  return undefined;
}

const idTokenSchema = z.object({ id_token: z.string().min(1) });

function idTokenIn(text: string): FetchedKey | undefined {
  const token = idTokenSchema.safeParse(jsonIn(text)).data?.id_token;
  return token === undefined ? undefined : lifeOfJwt(token);
}

const lifeSchema = z.object({ iat: z.number(), exp: z.number() });

/** Returns a JWT with the life that its issuer gave it; undefined for another text. */
function lifeOfJwt(token: string): FetchedKey | undefined {
  const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  const life = lifeSchema.safeParse(jsonIn(claims)).data;
  return life === undefined ? undefined : { key: token, usableMs: usableMs((life.exp - life.iat) * 1000) };
}
