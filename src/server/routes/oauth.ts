import type { IncomingMessage } from "node:http";
import type { Request, Router } from "express";
import type { AuthorizationServer, BrowserStep } from "../../access/oauth/authorizationServer.ts";
import { registerClient } from "../../access/oauth/registration.ts";
import type { Pairings } from "../../access/pairings.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { defaultScopes, offeredScopes } from "../../protocol/oauth/oauth.ts";
import type { ClientRegistry } from "../clients.ts";
import { OAUTH_PATHS as paths } from "../guards/exempt.ts";
import { originOf } from "../guards/program.ts";
import { type Answer, sendJson, sendText } from "../http/answers.ts";
import { waitAsConnection } from "../http/connectionWait.ts";
import { CONSENT_CSS, consentPage } from "../http/consentPage.ts";
import { readForm, singleValues } from "../http/formBody.ts";
import { readJson } from "../http/jsonBody.ts";
import { HTML_TYPE, pageHeaders } from "../http/pageHeaders.ts";
import { addResource, guarded } from "../http/resource.ts";
import { RequestLimit } from "../limits/rateLimit.ts";
import type { Readiness } from "../listen/readiness.ts";

/** Requests per minute for all programs together, since these requests need no token. */
export const MAX_OAUTH_PER_MINUTE = 300;
const MAX_REGISTRATION_BYTES = 16 * 1024;
/** Browsers give up after some minutes without a response; the page then comes again. */
const WAIT_MS = 60_000;

export interface OAuthDeps {
  readonly server: AuthorizationServer;
  readonly pairings: Pick<Pairings, "onDidChange">;
  readonly clients: Pick<ClientRegistry, "connect">;
  readonly readiness: Pick<Readiness, "assertOpen">;
}

/** The OAuth endpoints, which need no token (docs/wire-contract.md#19-service-accounts-and-oauth). */
export function addOAuth(router: Router, deps: OAuthDeps): void {
  const limit = new RequestLimit(MAX_OAUTH_PER_MINUTE, { clientId: "anyone" });
  const admit = (): void => {
    deps.readiness.assertOpen();
    limit.admit();
  };
  addMetadata(router);
  addConsent(router, deps, admit);
  addResource(router, paths.register, {
    post: guarded("public", async (request, response) => {
      admit();
      sendJson(response, 201, registerClient(await readJson(request, MAX_REGISTRATION_BYTES)));
    }),
  });
  addResource(router, paths.token, {
    post: guarded("public", async (request, response) => {
      admit();
      const form = await readForm(request);
      response.setHeader("Pragma", "no-cache");
      sendJson(response, 200, await deps.server.token(form, issuerOf(request)));
    }),
  });
  addResource(router, paths.revoke, {
    post: guarded("public", async (request, response) => {
      admit();
      await deps.server.revoke(await readForm(request));
      sendJson(response, 200, {});
    }),
  });
}

function addMetadata(router: Router): void {
  addResource(router, paths.serverMetadata, {
    get: guarded("public", (request, response) => sendJson(response, 200, serverMetadata(issuerOf(request)))),
  });
  addResource(router, paths.resourceMetadata, {
    get: guarded("public", (request, response) => {
      const issuer = issuerOf(request);
      sendJson(response, 200, {
        resource: issuer,
        authorization_servers: [issuer],
        // Those to ask for, if a client does not know better.
        scopes_supported: defaultScopes,
        bearer_methods_supported: ["header"],
        resource_name: "Kiro Bridge",
        resource_documentation: `${issuer}/docs`,
      });
    }),
  });
}

function serverMetadata(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}${paths.authorize}`,
    token_endpoint: `${issuer}${paths.token}`,
    registration_endpoint: `${issuer}${paths.register}`,
    revocation_endpoint: `${issuer}${paths.revoke}`,
    scopes_supported: offeredScopes,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: ["none"],
    revocation_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    service_documentation: `${issuer}/docs`,
  };
}

function addConsent(router: Router, deps: OAuthDeps, admit: () => void): void {
  const { server } = deps;
  const headers = pageHeaders();
  addResource(router, paths.authorize, {
    get: guarded("public", async (request, response) => {
      admit();
      assertPage(request);
      const step = await server.authorize(queryOf(request), issuerOf(request), originOf(request));
      headers(request, response, () => sendStep(response, step));
    }),
  });
  addResource(router, "/oauth/consent.css", {
    get: guarded("public", (_request, response) => sendText(response, 200, "text/css; charset=utf-8", CONSENT_CSS)),
  });
  addResource(router, `${paths.consent}/:handle`, {
    get: guarded("public", async (request, response) => {
      admit();
      assertPage(request);
      const authorization = server.find(request.params["handle"] ?? "");
      const isDecided = (): boolean => authorization.poll.state.kind !== "pending";
      if (!isDecided()) {
        const subscribe = (done: () => void) => deps.pairings.onDidChange(() => isDecided() && done());
        await waitAsConnection(request, response, { clients: deps.clients, waitMs: WAIT_MS, subscribe });
      }
      if (response.destroyed) return;
      headers(request, response, () => sendStep(response, server.next(authorization)));
    }),
  });
}

function sendStep(response: Answer, step: BrowserStep): void {
  if (step.kind === "redirect") {
    response.setHeader("Location", step.location);
    response.writeHead(302, { "Content-Length": 0 }).end();
    return;
  }
  const { handle, poll } = step.authorization;
  sendText(response, 200, HTML_TYPE, consentPage(poll.request, `${paths.consent}/${handle}`));
}

/**
 * Only the user's browser, in a tab of its own, and what has no browser at all: not a frame, and not a script. HEAD would
 * ask the user without showing a page.
 */
function assertPage({ method, headers }: IncomingMessage): void {
  if (method !== "GET") throw new BridgeError("NOT_FOUND", "Use GET: the response is a page for the user.");
  const destination = headers["sec-fetch-dest"];
  if (destination === undefined || destination === "document") return;
  throw new BridgeError("ACCESS_DENIED", "This page can only be opened in a tab of its own.", {
    rule: "sec-fetch-dest",
  });
}

function queryOf(request: Request): Record<string, string> {
  const url = request.url;
  return singleValues(new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?")) : ""));
}

/** The address as the client calls it; its host has passed the guards. */
function issuerOf({ headers }: IncomingMessage): string {
  return `http://${headers.host?.toLowerCase() ?? ""}`;
}
