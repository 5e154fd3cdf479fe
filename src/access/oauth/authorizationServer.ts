import { isScope } from "../../protocol/access.ts";
import { BridgeError, isBridgeError } from "../../protocol/errors.ts";
import { defaultScopes, type OAuthTokens, oauthTokensSchema } from "../../protocol/oauth/oauth.ts";
import type { PairAsk, Pairings } from "../pairings.ts";
import { type Authorization, Authorizations } from "./authorizations.ts";
import type { OAuthGrants } from "./oauthGrants.ts";
import { oauthFailure } from "./oauthFailure.ts";
import { clientOf, mayRedirectTo, type RegisteredClient } from "./registration.ts";
import { tokenModel } from "./tokenModel.ts";

type Library = typeof import("./oauthLibrary.ts")["OAuth2Server"];
/** The parameters of a query or a form; each was sent once. */
export type Parameters = Readonly<Record<string, string>>;

const grantTypes = ["authorization_code", "refresh_token"];
const MAX_SCOPES = 50;
const FORM_TYPE = "application/x-www-form-urlencoded";

/** The program behind a request, for the user. */
export type ProgramOrigin = Pick<PairAsk, "program" | "from">;

/** The next step of the browser. */
export type BrowserStep =
  | { readonly kind: "wait"; readonly authorization: Authorization }
  | { readonly kind: "redirect"; readonly location: string };

export interface AuthorizationServerDeps {
  readonly pairings: Pick<Pairings, "ask" | "poll">;
  readonly grants: OAuthGrants;
}

/**
 * The OAuth 2.1 authorization server for programs on this machine (docs/decisions/oauth.md): authorization code with PKCE,
 * and refresh tokens. The user gives consent by deciding a pairing request in the editor.
 */
export class AuthorizationServer {
  readonly #grants: OAuthGrants;
  readonly #authorizations: Authorizations;

  constructor({ pairings, grants }: AuthorizationServerDeps) {
    this.#grants = grants;
    this.#authorizations = new Authorizations(pairings, grants);
  }

  /**
   * Takes an authorization request (RFC 6749 §4.1.1, RFC 7636, RFC 8707).
   * @param issuer `http://host:port` as the client calls it
   * @throws BridgeError VALIDATION_FAILED if the client or its address is not valid, and so nobody can be redirected
   */
  async authorize(query: Parameters, issuer: string, program: ProgramOrigin): Promise<BrowserStep> {
    const client = clientOf(query["client_id"] ?? "");
    if (client === undefined) throw oauthFailure("invalid_client", "This client_id is unknown. Register first.");
    const redirectUri =
      query["redirect_uri"] ?? (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined);
    if (redirectUri === undefined || !mayRedirectTo(client, redirectUri))
      throw oauthFailure("invalid_request", "redirect_uri is not one that this client has registered.");
    try {
      const authorization = await this.#begin(client, redirectUri, query, issuer, program);
      return { kind: "wait", authorization };
    } catch (thrown) {
      const { error, message } = redirectable(thrown);
      const failure = { error, error_description: message, state: query["state"], iss: issuer };
      return { kind: "redirect", location: withParameters(redirectUri, failure) };
    }
  }

  /** @throws BridgeError NOT_FOUND */
  find(handle: string): Authorization {
    const authorization = this.#authorizations.find(handle);
    if (authorization !== undefined) return authorization;
    throw new BridgeError("NOT_FOUND", "There is no such authorization, or no longer. Start again in the program.");
  }

  /** Returns the next step after the user has decided, or may have. */
  next(authorization: Authorization): BrowserStep {
    const { ask, poll } = authorization;
    const { redirectUri, state, issuer: iss } = ask;
    const { kind } = poll.state;
    if (kind === "pending") return { kind: "wait", authorization };
    if (kind === "allowed" || kind === "collected") {
      const code = this.#authorizations.release(authorization);
      return { kind: "redirect", location: withParameters(redirectUri, { code, state, iss }) };
    }
    const error_description =
      kind === "denied" ? "The user denied this request." : "Nobody allowed this request in time.";
    const failure = { error: "access_denied", error_description, state, iss };
    return { kind: "redirect", location: withParameters(redirectUri, failure) };
  }

  /**
   * Exchanges a code or a refresh token for tokens (RFC 6749 §4.1.3 and §6).
   * @throws BridgeError VALIDATION_FAILED with `{error}`
   */
  async token(form: Parameters, issuer: string): Promise<OAuthTokens> {
    const client = clientOf(form["client_id"] ?? "");
    if (client === undefined) throw oauthFailure("invalid_client", "This client_id is unknown. Register first.");
    if (!grantTypes.includes(form["grant_type"] ?? ""))
      throw oauthFailure("unsupported_grant_type", `The grant_type must be ${grantTypes.join(" or ")}.`);
    assertResource(form["resource"], issuer);
    const { OAuth2Server } = await import("./oauthLibrary.ts");
    const headers = { "content-type": FORM_TYPE, "transfer-encoding": "chunked" };
    const request = new OAuth2Server.Request({ method: "POST", headers, query: {}, body: form });
    const response = new OAuth2Server.Response();
    const model = tokenModel(OAuth2Server, { client, authorizations: this.#authorizations, grants: this.#grants });
    try {
      await new OAuth2Server({ model }).token(request, response, {
        requireClientAuthentication: { authorization_code: false, refresh_token: false },
      });
    } catch (thrown) {
      throw failureOf(thrown, OAuth2Server);
    }
    return oauthTokensSchema.parse(response.body);
  }

  /** Revokes the grant of a token (RFC 7009). Does nothing for an unknown token. @throws BridgeError VALIDATION_FAILED */
  async revoke(form: Parameters): Promise<void> {
    const { token, client_id: clientId = "" } = form;
    if (token === undefined) throw oauthFailure("invalid_request", "The parameter token is missing.");
    if (clientOf(clientId) === undefined) throw oauthFailure("invalid_client", "This client_id is unknown.");
    await this.#grants.revokeToken(token, clientId);
  }

  /** Has the library check the request and make the code, which is withheld until the user has decided. */
  async #begin(
    client: RegisteredClient,
    redirectUri: string,
    query: Parameters,
    issuer: string,
    program: ProgramOrigin,
  ): Promise<Authorization> {
    const { state, resource, code_challenge: codeChallenge, code_challenge_method: method } = query;
    if (codeChallenge === undefined || !/^[\w-]{43}$/.test(codeChallenge) || method !== "S256")
      throw oauthFailure("invalid_request", "PKCE is required: send code_challenge with code_challenge_method=S256.");
    assertResource(resource, issuer);
    const scopes = scopesOf(query["scope"]);
    const { OAuth2Server } = await import("./oauthLibrary.ts");
    const key = JSON.stringify(Object.entries(query).toSorted(([a], [b]) => a.localeCompare(b, "en")));
    let authorization: Authorization | undefined;
    const model = {
      getClient: async () => ({ id: client.id, grants: ["authorization_code"], redirectUris: [redirectUri] }),
      saveAuthorizationCode: async (code: { readonly authorizationCode: string }) => {
        const ask = {
          key,
          issuer,
          clientId: client.id,
          redirectUri,
          state,
          code: code.authorizationCode,
          codeChallenge,
        };
        authorization = this.#authorizations.begin(ask, { name: client.name, scopes, ...program });
        return { ...code, expiresAt: new Date(), redirectUri, client: { id: client.id, grants: [] }, user: {} };
      },
      getAuthorizationCode: async () => undefined,
      revokeAuthorizationCode: async () => false,
      getAccessToken: async () => undefined,
      saveToken: async () => undefined,
    };
    const request = new OAuth2Server.Request({
      method: "GET",
      headers: {},
      query: { ...query, redirect_uri: redirectUri },
    });
    try {
      await new OAuth2Server({ model }).authorize(request, new OAuth2Server.Response(), {
        authenticateHandler: { handle: () => ({}) },
        allowEmptyState: true,
      });
    } catch (thrown) {
      throw failureOf(thrown, OAuth2Server);
    }
    if (authorization === undefined) throw oauthFailure("invalid_request", "The request could not be taken.");
    return authorization;
  }
}

/** Reads the scopes that a client asks for. @throws BridgeError VALIDATION_FAILED */
function scopesOf(text: string | undefined) {
  const names = text === undefined ? defaultScopes : text.split(" ").filter((name) => name !== "");
  const scopes = [...new Set(names)].filter(isScope).filter((scope) => scope !== "access:manage");
  if (scopes.length > 0 && scopes.length === new Set(names).size && scopes.length <= MAX_SCOPES) return scopes;
  throw oauthFailure("invalid_scope", "A scope is unknown, or cannot be granted to a client.");
}

/** The whole bridge is one resource, whatever the path. @throws BridgeError VALIDATION_FAILED */
function assertResource(resource: string | undefined, issuer: string): void {
  if (resource === undefined || URL.parse(resource)?.origin === issuer) return;
  throw oauthFailure("invalid_target", `The resource must be ${issuer}.`);
}

function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

/** Converts an error of the library. The reason of one that it has wrapped is ours. */
function failureOf(thrown: unknown, { OAuthError }: Library): unknown {
  if (!(thrown instanceof OAuthError)) return thrown;
  const inner: unknown = Reflect.get(thrown, "inner");
  if (inner !== undefined && inner !== null) return inner;
  return oauthFailure(thrown.name, thrown.message);
}

/** Returns the error for the client. @throws the error itself, if it is not the client's or the user's */
function redirectable(thrown: unknown): { readonly error: string; readonly message: string } {
  if (!isBridgeError(thrown)) throw thrown;
  const { code, message, context } = thrown;
  if (code === "RATE_LIMIT_EXCEEDED") return { error: "temporarily_unavailable", message };
  if (code !== "VALIDATION_FAILED") throw thrown;
  const error = context?.["error"];
  return { error: typeof error === "string" ? error : "invalid_request", message };
}
