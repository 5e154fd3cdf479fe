import assert from "node:assert/strict";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as oauth from "oauth4webapi";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { decide, nextOf, REDIRECT } from "./oauthRig.ts";

const insecure = { [oauth.allowInsecureRequests]: true };

/** What the user's browser and the user do: opens the page, compares the codes, allows it, and is redirected. */
async function consent(bridge: TestBridge, address: URL): Promise<URL> {
  const headers = { Host: address.host, "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document" };
  const page = await callPort(bridge.port, `${address.pathname}${address.search}`, { headers });
  const [request] = bridge.core.access.pairings.pending;
  assert.ok(request !== undefined && page.text.includes(request.code));
  const redirected = callPort(bridge.port, nextOf(page), { headers });
  await decide(bridge, { decision: "allow" });
  return new URL((await redirected).headers.location ?? "");
}

/** Finds the authorization server by the resource, and registers with it. */
async function discoverAndRegister(issuer: URL) {
  const found = await oauth.processResourceDiscoveryResponse(
    issuer,
    await oauth.resourceDiscoveryRequest(issuer, insecure),
  );
  const address = new URL(found.authorization_servers?.[0] ?? "");
  const server = await oauth.processDiscoveryResponse(
    address,
    await oauth.discoveryRequest(address, { algorithm: "oauth2", ...insecure }),
  );
  const metadata = { client_name: "A stock client", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(server, metadata, insecure),
  );
  return { server, client, resource: found.resource };
}

describe("A stock OAuth client", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge();
  });
  after(() => bridge.dispose());

  it("registers, is authorized by the user, uses the API, refreshes and revokes its tokens", async () => {
    const issuer = new URL(`http://127.0.0.1:${bridge.port}`);
    const { server, client, resource } = await discoverAndRegister(issuer);
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const address = new URL(server.authorization_endpoint ?? "");
    const query = {
      client_id: client.client_id,
      redirect_uri: REDIRECT,
      response_type: "code",
      scope: "status:read commands:run",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      resource,
    };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    const parameters = oauth.validateAuthResponse(server, client, await consent(bridge, address), state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, REDIRECT, verifier, insecure),
    );
    assert.equal(tokens.scope, "status:read commands:run");
    assert.ok((tokens.expires_in ?? 0) <= 3600);

    const callWith = async (token: string) =>
      await oauth.protectedResourceRequest(
        token,
        "GET",
        new URL("/api/kiro/status", issuer),
        undefined,
        null,
        insecure,
      );
    assert.equal((await callWith(tokens.access_token)).status, 200);
    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token ?? "", insecure),
    );
    assert.equal((await callWith(refreshed.access_token)).status, 200);
    assert.deepEqual(
      bridge.core.access.store.list().map(({ name, scopes }) => ({ name, scopes })),
      [{ name: "A stock client", scopes: ["status:read", "commands:run"] }],
    );

    const { access_token: last } = refreshed;
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, oauth.None(), last, insecure));
    await assert.rejects(callWith(last), oauth.WWWAuthenticateChallengeError);
    assert.deepEqual(bridge.core.access.store.list(), []);
  });
});

describe("A stock MCP client", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge();
  });
  after(() => bridge.dispose());

  it("finds out from a 401 how to get a token, and gets one", async () => {
    const provider = new TestProvider();
    const address = new URL(`http://localhost:${bridge.port}/mcp`);
    const transport = new StreamableHTTPClientTransport(address, { authProvider: provider });
    const client = new Client({ name: "An MCP client", version: "1.0.0" });
    await assert.rejects(client.connect(transport), UnauthorizedError);

    const { searchParams } = await consent(bridge, provider.opened ?? assert.fail("no page was opened"));
    assert.equal(searchParams.get("iss"), address.origin);
    await transport.finishAuth(searchParams.get("code") ?? "");
    const headers = { Authorization: `Bearer ${provider.saved?.access_token ?? ""}` };
    const body = { command: "test.echo", args: ["from MCP"] };
    const { json } = await bridge.execute(body, headers);
    assert.deepEqual([json["success"], json["result"]], [true, "from MCP"]);
    const [listed] = bridge.core.access.store.list();
    assert.deepEqual([listed?.name, listed?.kind], ["An MCP client", "client"]);
    // Without the token, it would not get so far.
    const called = await bridge.call("/mcp", { headers });
    assert.equal(called.status, 405, called.text);
    await client.close();
  });
});

/** What a program has to bring: its metadata, and a place for what it gets. */
class TestProvider implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = { client_name: "An MCP client", redirect_uris: [REDIRECT] };
  opened: URL | undefined;
  saved: Awaited<ReturnType<OAuthClientProvider["tokens"]>>;
  #client: Awaited<ReturnType<OAuthClientProvider["clientInformation"]>>;
  #verifier = "";

  clientInformation() {
    return this.#client;
  }

  saveClientInformation(client: NonNullable<Awaited<ReturnType<OAuthClientProvider["clientInformation"]>>>): void {
    this.#client = client;
  }

  tokens() {
    return this.saved;
  }

  saveTokens(tokens: NonNullable<Awaited<ReturnType<OAuthClientProvider["tokens"]>>>): void {
    this.saved = tokens;
  }

  redirectToAuthorization(address: URL): void {
    this.opened = address;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}
