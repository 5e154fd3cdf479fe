import { randomBytes } from "node:crypto";
import * as z from "zod";
import { clientNameSchema } from "../../protocol/accessClients.ts";
import { oauthRegistrationSchema, type OAuthClient, redirectUriSchema } from "../../protocol/oauth/oauth.ts";
import { oauthFailure } from "./oauthFailure.ts";

const PREFIX = "kbc_";
const MAX_ID_LENGTH = 4096;
const DEFAULT_NAME = "OAuth client";
const packedSchema = z.tuple([z.string(), clientNameSchema, z.array(redirectUriSchema).min(1).max(5)]);

/** A client that has registered. */
export interface RegisteredClient {
  readonly id: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
}

/**
 * Registers a client without storing anything: its ID contains its name and addresses (RFC 7591 §A.5.2). A registration
 * grants nothing, so an ID that was made by hand is as good as a registered one, and is checked in the same way.
 * @throws BridgeError VALIDATION_FAILED with `{error}`
 */
export function registerClient(body: unknown, now = Date.now()): OAuthClient {
  const { success, data, error } = oauthRegistrationSchema.safeParse(body);
  if (!success) {
    const [issue] = error.issues;
    const isUri = issue?.path[0] === "redirect_uris";
    const message = isUri
      ? "redirect_uris must be one to five http addresses of 127.0.0.1, [::1] or localhost, without a fragment."
      : `The client metadata is not valid: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
    throw oauthFailure(isUri ? "invalid_redirect_uri" : "invalid_client_metadata", message);
  }
  const { redirect_uris, client_name = DEFAULT_NAME } = data;
  const packed = JSON.stringify([randomBytes(9).toString("base64url"), client_name, redirect_uris]);
  return {
    client_id: `${PREFIX}${Buffer.from(packed).toString("base64url")}`,
    client_id_issued_at: Math.floor(now / 1000),
    client_name,
    redirect_uris,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
}

/** Returns the client of an ID, or undefined for an ID that `registerClient` would not make. */
export function clientOf(id: string): RegisteredClient | undefined {
  if (!id.startsWith(PREFIX) || id.length > MAX_ID_LENGTH) return undefined;
  const { data } = packedSchema.safeParse(parseJson(Buffer.from(id.slice(PREFIX.length), "base64url").toString()));
  if (data === undefined) return undefined;
  const [, name, redirectUris] = data;
  return { id, name, redirectUris };
}

/** Returns true if a client may be redirected to an address. The port may be another one than was registered. */
export function mayRedirectTo({ redirectUris }: RegisteredClient, uri: string): boolean {
  if (!redirectUriSchema.safeParse(uri).success) return false;
  return redirectUris.some((registered) => withoutPort(registered) === withoutPort(uri));
}

function withoutPort(uri: string): string {
  const url = new URL(uri);
  url.port = "";
  return url.href;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
