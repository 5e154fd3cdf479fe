import * as z from "zod";
import { roles } from "../access.ts";
import { clientNameSchema } from "../accessClients.ts";
import { errorBodySchema } from "../errorBody.ts";

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The scopes of a client that asks for none. */
export const defaultScopes: readonly string[] = roles.ci;
/** The scopes that the user can grant to an OAuth client. */
export const offeredScopes = roles.operator;

/** A program waits for the user's browser at such an address (RFC 8252 §7.3). */
export const redirectUriSchema = z
  .string()
  .max(300)
  .refine(isLoopbackUri, { message: "is not an http address of this machine", params: { rule: "format" } });

/** `POST /oauth/register` (RFC 7591). Fields that are not listed are ignored. */
export const oauthRegistrationSchema = z
  .object({
    redirect_uris: z.array(redirectUriSchema).min(1).max(5).describe("On this machine; every port is accepted later."),
    client_name: clientNameSchema.optional().describe("The user sees it."),
  })
  .meta({ id: "OAuthRegistration" });

/** The client as registered (RFC 7591 §3.2.1). */
export const oauthClientSchema = z
  .object({
    client_id: z.string(),
    client_id_issued_at: z.int(),
    client_name: z.string(),
    redirect_uris: z.array(z.string()),
    grant_types: z.array(z.string()),
    response_types: z.array(z.string()),
    token_endpoint_auth_method: z.literal("none"),
  })
  .meta({ id: "OAuthClient" });
export type OAuthClient = z.infer<typeof oauthClientSchema>;

/** The response of `POST /oauth/token` (RFC 6749 §5.1). */
export const oauthTokensSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.number().describe("In seconds."),
    refresh_token: z.string().describe("Can be used once. The response then has the next one."),
    scope: z.string(),
  })
  .meta({ id: "OAuthTokens" });
export type OAuthTokens = z.infer<typeof oauthTokensSchema>;

/** RFC 8414. */
export const oauthServerMetadataSchema = z.looseObject({ issuer: z.string() }).meta({ id: "OAuthServerMetadata" });
/** RFC 9728. */
export const oauthResourceMetadataSchema = z
  .looseObject({ resource: z.string() })
  .meta({ id: "OAuthResourceMetadata" });

/** The error body, with the fields of RFC 6749 §5.2. */
export const oauthErrorSchema = errorBodySchema
  .extend({ error: z.string().describe("As in RFC 6749 §5.2."), error_description: z.string() })
  .meta({ id: "OAuthError" });

function isLoopbackUri(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== "http:" || !loopbackNames.has(url.hostname)) return false;
  return url.username === "" && url.password === "" && !text.includes("#");
}
