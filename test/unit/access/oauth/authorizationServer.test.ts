import assert from "node:assert/strict";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { decide, nextOf, OAuthProgram, REDIRECT } from "./oauthRig.ts";

describe("The authorization endpoint", () => {
  let bridge: TestBridge;
  let program: OAuthProgram;

  beforeEach(async () => {
    bridge = await startTestBridge();
    program = await OAuthProgram.register(bridge);
  });
  afterEach(() => bridge.dispose());

  const pending = () => bridge.core.access.pairings.pending;

  it("shows a page without scripts that names the program and the code, and cannot be framed", async () => {
    const named = await OAuthProgram.register(bridge, "A <b>bold</b> & 'quoted' program");
    const page = await named.open();
    assert.equal(page.status, 200);
    assert.match(page.text, /A &lt;b&gt;bold&lt;\/b&gt; &amp; &#39;quoted&#39; program/);
    assert.ok(page.text.includes(pending()[0]?.code ?? "none"));
    assert.doesNotMatch(page.text, /<script|<form|onclick/);
    const policy = page.headers["content-security-policy"];
    assert.match(String(policy), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal((await callPort(bridge.port, "/oauth/consent.css")).status, 200);
  });

  it("asks for the scopes that the program names, by default to run commands and prompts", async () => {
    await program.open();
    assert.deepEqual(pending()[0]?.scopes, ["status:read", "commands:run", "agents:prompt"]);
    await decide(bridge, { decision: "deny" });
    await program.open({ scope: "history:read events:read" });
    assert.deepEqual(pending()[0]?.scopes, ["history:read", "events:read"]);
  });

  it("asks once when the page is loaded again", async () => {
    const [one, other] = [await program.open(), await program.open()];
    assert.equal(nextOf(one), nextOf(other));
    assert.equal(pending().length, 1);
  });

  it("asks again in place of the earlier request when the program starts again", async () => {
    const earlier = await program.open();
    await program.open({ state: "another" });
    assert.equal(pending().length, 1);
    assert.equal((await program.follow(earlier)).get("error"), "access_denied");
  });

  it("redirects with the code, the state and the issuer when the user allows it, and with an error otherwise", async () => {
    const allowed = await program.open();
    await decide(bridge, { decision: "allow" });
    const success = await program.follow(allowed);
    assert.deepEqual([success.get("state"), success.get("iss")], ["the state", program.issuer]);
    const denied = await program.open({ state: "another" });
    await decide(bridge, { decision: "deny" });
    const failure = await program.follow(denied);
    assert.deepEqual(
      ["error", "state", "iss", "code"].map((name) => failure.get(name)),
      ["access_denied", "another", program.issuer, null],
    );
  });

  it("waits for the decision", async () => {
    const page = await program.open();
    const following = program.follow(page);
    await decide(bridge, { decision: "allow" });
    assert.notEqual((await following).get("code"), null);
  });

  it("tells the program when others wait for the user", async () => {
    for (const name of ["one", "two", "three"]) await (await OAuthProgram.register(bridge, name)).open();
    const { status, headers } = await program.open();
    assert.equal(status, 302);
    assert.equal(new URL(headers.location ?? "").searchParams.get("error"), "temporarily_unavailable");
  });

  it("redirects with an error without PKCE, with an unknown scope, for management, and for another resource", async () => {
    const errorOf = async (more: Record<string, string | undefined>) => {
      const { status, headers } = await program.open(more);
      assert.equal(status, 302);
      return new URL(headers.location ?? "").searchParams.get("error");
    };
    assert.equal(await errorOf({ code_challenge: undefined }), "invalid_request");
    assert.equal(await errorOf({ code_challenge_method: undefined }), "invalid_request");
    assert.equal(await errorOf({ code_challenge_method: "plain" }), "invalid_request");
    assert.equal(await errorOf({ scope: "everything" }), "invalid_scope");
    assert.equal(await errorOf({ scope: "status:read access:manage" }), "invalid_scope");
    assert.equal(await errorOf({ resource: "https://another.example/" }), "invalid_target");
    assert.equal(await errorOf({ response_type: "token" }), "unsupported_response_type");
    assert.deepEqual(pending(), []);
  });

  it("redirects nowhere if the client or the address is not valid", async () => {
    for (const more of [
      { client_id: undefined },
      { client_id: "kbc_unknown" },
      { redirect_uri: "http://127.0.0.1:4321/another" },
      { redirect_uri: "http://attacker.example/callback" },
      { redirect_uri: "http://localhost:4321/callback" },
      { redirect_uri: "http://127.0.0.1:4321/callback#fragment" },
      { redirect_uri: "http://user@127.0.0.1:4321/callback" },
    ]) {
      const { status, headers, json } = await program.open(more);
      assert.deepEqual([status, headers.location], [400, undefined]);
      assert.match(String(json["error"]), /^invalid_(?:client|request)$/);
    }
    const repeated = await callPort(bridge.port, "/oauth/authorize?client_id=a&client_id=b");
    assert.deepEqual([repeated.status, repeated.json["error"]], [400, "invalid_request"]);
    assert.deepEqual(pending(), []);
  });

  it("accepts every port of a registered address", async () => {
    nextOf(await program.open({ redirect_uri: "http://127.0.0.1:9/callback" }));
  });

  it("is closed to other websites, frames and scripts", async () => {
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "iframe" },
      { "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "empty" },
      { Origin: "https://attacker.example" },
      { Host: "attacker.example" },
    ]) {
      const { status } = await program.open({}, headers);
      assert.equal(status, 403, JSON.stringify(headers));
    }
    const head = await callPort(bridge.port, `/oauth/authorize?client_id=${program.clientId}`, { method: "HEAD" });
    assert.equal(head.status, 404);
    assert.deepEqual(pending(), []);
  });

  it("knows no other page", async () => {
    const { status } = await callPort(bridge.port, "/oauth/consent/unknown");
    assert.equal(status, 404);
  });
});

describe("OAuth registration and metadata", () => {
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge();
  });
  after(() => bridge.dispose());

  const register = async (body: object) => await callPort(bridge.port, "/oauth/register", { body });

  it("registers public clients, whatever else they ask for", async () => {
    const { status, json } = await register({
      redirect_uris: ["http://[::1]/callback", "http://localhost:1/"],
      token_endpoint_auth_method: "client_secret_basic",
      software_id: "ignored",
    });
    assert.equal(status, 201);
    assert.deepEqual([json["token_endpoint_auth_method"], json["client_secret"]], ["none", undefined]);
  });

  it("rejects addresses that are not on this machine, too many, and hostile names", async () => {
    for (const uri of [
      "https://attacker.example/",
      "http://127.0.0.1.attacker.example/",
      "http://127.0.0.2/",
      "https://127.0.0.1/",
      "javascript:alert(1)",
      "custom://callback",
      "http://127.0.0.1/#fragment",
      "http://user:password@127.0.0.1/",
      `http://127.0.0.1/${"x".repeat(300)}`,
    ]) {
      const { status, json } = await register({ redirect_uris: [uri] });
      assert.deepEqual([status, json["error"]], [400, "invalid_redirect_uri"], uri);
    }
    const six = Array.from({ length: 6 }, (_, at) => `http://127.0.0.1/${at}`);
    for (const redirect_uris of [[], six, "http://127.0.0.1/", undefined])
      assert.equal((await register({ redirect_uris })).json["error"], "invalid_redirect_uri");
    for (const client_name of ["", "x".repeat(81), "two\nlines", "a\u202eb", 1]) {
      const { json } = await register({ redirect_uris: [REDIRECT], client_name });
      assert.equal(json["error"], "invalid_client_metadata", String(client_name));
    }
    assert.equal((await register({ redirect_uris: [REDIRECT], more: "x".repeat(20_000) })).status, 413);
  });

  it("names the address by which it was called, and none that the guards reject", async () => {
    for (const path of ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"]) {
      const { text } = await callPort(bridge.port, path, { headers: { Host: `localhost:${bridge.port}` } });
      assert.match(text, new RegExp(`"(?:issuer|resource)":"http://localhost:${bridge.port}"`));
      for (const host of ["attacker.example", `attacker.example:${bridge.port}`]) {
        const forged = await callPort(bridge.port, path, { headers: { Host: host } });
        assert.equal(forged.status, 403);
        assert.doesNotMatch(forged.text, /attacker/);
      }
    }
  });

  it("is named by every 401", async () => {
    const { status, headers } = await callPort(bridge.port, "/api/kiro/status");
    const metadata = `http://127.0.0.1:${bridge.port}/.well-known/oauth-protected-resource`;
    assert.deepEqual([status, headers["www-authenticate"]], [401, `Bearer resource_metadata="${metadata}"`]);
  });
});
