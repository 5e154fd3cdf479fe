import type { Authorization, Authorizations } from "./authorizations.ts";
import type { IssuedTokens, OAuthGrants } from "./oauthGrants.ts";
import type { RegisteredClient } from "./registration.ts";

type Library = typeof import("./oauthLibrary.ts")["OAuth2Server"];

export interface TokenModelDeps {
  /** The client that sends the request. */
  readonly client: RegisteredClient;
  readonly authorizations: Authorizations;
  readonly grants: OAuthGrants;
}

/** The source of the tokens of one request. */
type TokenSource =
  | { readonly kind: "none" }
  | { readonly kind: "code"; readonly authorization: Authorization }
  | { readonly kind: "refresh"; readonly refresh: string };

/** Creates the storage that the library works on, for one request to the token endpoint. */
export function tokenModel({ InvalidGrantError }: Library, { client, authorizations, grants }: TokenModelDeps) {
  const known = { id: client.id, grants: ["authorization_code", "refresh_token"] };
  let source: TokenSource = { kind: "none" };

  const exchange = async (): Promise<IssuedTokens | undefined> => {
    if (source.kind === "code") return await authorizations.exchange(source.authorization);
    return source.kind === "refresh" ? await grants.refresh(source.refresh, client.id) : undefined;
  };

  return {
    getClient: async () => known,
    getAuthorizationCode: async (code: string) => {
      const authorization = await authorizations.ofCode(code);
      if (authorization === undefined) return undefined;
      source = { kind: "code", authorization };
      const { clientId, redirectUri, codeChallenge } = authorization.ask;
      return {
        authorizationCode: code,
        // Checked by `ofCode`.
        expiresAt: new Date(Date.now() + 1000),
        redirectUri,
        codeChallenge,
        codeChallengeMethod: "S256",
        client: { ...known, id: clientId },
        user: {},
      };
    },
    revokeAuthorizationCode: async () => source.kind === "code" && (await authorizations.use(source.authorization)),
    getRefreshToken: async (refresh: string) => {
      const scope = await grants.peek(refresh, client.id);
      if (scope === undefined) return undefined;
      source = { kind: "refresh", refresh };
      return { refreshToken: refresh, scope: [...scope], client: known, user: {} };
    },
    // Used up in `saveToken`, in the same step in which the next one is stored.
    revokeToken: async () => true,
    getAccessToken: async () => undefined,
    saveAuthorizationCode: async () => undefined,
    saveToken: async () => {
      const issued = await exchange();
      if (issued === undefined) throw new InvalidGrantError("This code is not valid, or no longer.");
      return {
        accessToken: issued.access,
        accessTokenExpiresAt: new Date(issued.accessExpiresAt),
        refreshToken: issued.refresh,
        refreshTokenExpiresAt: new Date(issued.refreshExpiresAt),
        scope: [...issued.scope],
        client: known,
        user: {},
      };
    },
  };
}
