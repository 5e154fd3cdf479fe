import type { Access } from "../access/access.ts";
import { AuthorizationServer } from "../access/oauth/authorizationServer.ts";
import type { OAuthGrants } from "../access/oauth/oauthGrants.ts";
import { addOAuth } from "../server/routes/oauth.ts";
import type { BridgeModule } from "./bridgeModule.ts";

/** OAuth for programs on this machine, with the consent of the user in the editor. */
export function oauthModule({ pairings }: Access, grants: OAuthGrants): BridgeModule {
  const server = new AuthorizationServer({ pairings, grants });
  return {
    publicRoutes(router, { clients, readiness }) {
      addOAuth(router, { server, pairings, clients, readiness });
    },
  };
}
