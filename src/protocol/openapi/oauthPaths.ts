import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import {
  oauthClientSchema,
  oauthErrorSchema,
  oauthRegistrationSchema,
  oauthResourceMetadataSchema,
  oauthServerMetadataSchema,
  oauthTokensSchema,
} from "../oauth/oauth.ts";
import { errors, type ErrorOptions, json } from "./answers.ts";

const ISSUER = "http://127.0.0.1:3001";
const REDIRECT = "http://127.0.0.1:4321/callback";
const GRANT = "k3x9ab7q2m5d";
const FORM = "application/x-www-form-urlencoded";

const extended = {
  schema: oauthErrorSchema,
  example: { error: "invalid_request", error_description: "The request is not valid." },
};
const openErrors = ({ codes = [], ...options }: ErrorOptions = {}) =>
  errors({ isOpen: true, extended, codes: ["RATE_LIMIT_EXCEEDED", ...codes], ...options });

const authorizeQuery = z.object({
  response_type: z.literal("code"),
  client_id: z.string().meta({ example: "kbc_unknown" }),
  redirect_uri: z.string().optional().describe("Required if the client has registered several."),
  code_challenge: z.string().length(43).meta({ example: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" }),
  code_challenge_method: z.literal("S256"),
  scope: z
    .string()
    .optional()
    .describe("Scopes, separated by spaces. Default: `status:read commands:run agents:prompt`."),
  state: z.string().optional(),
  resource: z.string().optional().describe("The address of this bridge, with any path."),
});

const tokenForm = z.object({
  grant_type: z.enum(["authorization_code", "refresh_token"]),
  client_id: z.string(),
  code: z.string().optional().describe("With `authorization_code`."),
  code_verifier: z.string().optional().describe("With `authorization_code`."),
  redirect_uri: z.string().optional().describe("With `authorization_code`."),
  refresh_token: z.string().optional().describe("With `refresh_token`."),
  resource: z.string().optional(),
});

const consentPath = z.object({
  handle: z.string().meta({
    description: "From the page of `/oauth/authorize`.",
    example: "mY3v8Qk1r0Zt5WbN7xJc2LdP4sHg6UfAeVoTiXqRyKw",
  }),
});
const refresh = { grant_type: "refresh_token", client_id: "kbc_…", refresh_token: `kbr_${GRANT}_…` };
const revocation = { token: `kbr_${GRANT}_…`, client_id: "kbc_…" };

const page = { description: "The page.", content: { "text/html": { schema: z.string() } } };
const redirected = {
  description: "Redirects to the program, with `code`, `state` and `iss`, or with `error`.",
  headers: z.object({ Location: z.string() }),
};

function operation(operationId: string, summary: string, more: Pick<ZodOpenApiOperationObject, "responses">) {
  return { operationId, tags: ["OAuth"], summary, security: [], ...more };
}

/** OAuth for programs on this machine. */
export const oauthPaths: ZodOpenApiPathsObject = {
  "/.well-known/oauth-authorization-server": {
    get: operation("getOAuthServerMetadata", "Get the metadata of the authorization server (RFC 8414)", {
      responses: {
        200: json("The metadata.", oauthServerMetadataSchema, {
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/oauth/authorize`,
          token_endpoint: `${ISSUER}/oauth/token`,
        }),
        ...errors({ isOpen: true }),
      },
    }),
  },
  "/.well-known/oauth-protected-resource": {
    get: operation("getOAuthResourceMetadata", "Get the metadata of the protected resource (RFC 9728)", {
      responses: {
        200: json("The metadata.", oauthResourceMetadataSchema, { resource: ISSUER, authorization_servers: [ISSUER] }),
        ...errors({ isOpen: true }),
      },
    }),
  },
  "/oauth/register": {
    post: {
      ...operation("registerOAuthClient", "Register a program as a public client (RFC 7591)", {
        responses: {
          201: json("The client.", oauthClientSchema, {
            client_id: "kbc_…",
            client_id_issued_at: 1_795_000_000,
            client_name: "My program",
            redirect_uris: [REDIRECT],
            grant_types: ["authorization_code", "refresh_token"],
            response_types: ["code"],
            token_endpoint_auth_method: "none",
          }),
          ...openErrors({ readsBody: true }),
        },
      }),
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: oauthRegistrationSchema,
            example: { client_name: "My program", redirect_uris: [REDIRECT] },
          },
        },
      },
    },
  },
  "/oauth/authorize": {
    get: {
      ...operation("authorize", "Ask the user to authorize a client, in a browser", {
        responses: { 200: page, 302: redirected, ...openErrors({ codes: ["NOT_FOUND"] }) },
      }),
      description: "The page shows a code to compare with the one in the editor, where the user decides.",
      requestParams: { query: authorizeQuery },
    },
  },
  "/oauth/consent.css": {
    get: operation("getConsentStyles", "Get the styles of that page", {
      responses: {
        200: { description: "The styles.", content: { "text/css": { schema: z.string() } } },
        ...errors({ isOpen: true, extended }),
      },
    }),
  },
  "/oauth/consent/{handle}": {
    get: {
      ...operation("awaitConsent", "Wait for the decision of the user, in a browser", {
        responses: { 200: page, 302: redirected, ...openErrors({ codes: ["NOT_FOUND"] }) },
      }),
      requestParams: { path: consentPath },
    },
  },
  "/oauth/token": {
    post: {
      ...operation("getOAuthToken", "Exchange a code or a refresh token for tokens", {
        responses: {
          200: json("The tokens.", oauthTokensSchema, {
            access_token: `kba_${GRANT}_…`,
            token_type: "Bearer",
            expires_in: 3600,
            refresh_token: `kbr_${GRANT}_…`,
            scope: "status:read commands:run agents:prompt",
          }),
          ...openErrors({ readsBody: true }),
        },
      }),
      requestBody: { required: true, content: { [FORM]: { schema: tokenForm, example: refresh } } },
    },
  },
  "/oauth/revoke": {
    post: {
      ...operation("revokeOAuthToken", "Revoke a token, and with it the access of the program (RFC 7009)", {
        responses: {
          200: json("The token is not valid, or no longer.", z.object({}), {}),
          ...openErrors({ readsBody: true }),
        },
      }),
      requestBody: {
        required: true,
        content: { [FORM]: { schema: z.object({ token: z.string(), client_id: z.string() }), example: revocation } },
      },
    },
  },
};
