import assert from "node:assert/strict";
import { CODE_MS } from "../../../../src/access/oauth/authorizations.ts";
import { ACCESS_TOKEN_MS } from "../../../../src/access/oauth/oauthGrants.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { MAX_OAUTH_PER_MINUTE } from "../../../../src/server/routes/oauth.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { OAuthProgram } from "./oauthRig.ts";

describe("The token endpoint", () => {
  let bridge: TestBridge;
  let program: OAuthProgram;
  let clock: TestClock | undefined;

  beforeEach(async () => {
    bridge = await startTestBridge();
    program = await OAuthProgram.register(bridge);
  });
  afterEach(async () => {
    clock?.release();
    clock = undefined;
    await bridge.dispose();
  });

  const listed = () => bridge.core.access.store.list();

  it("gives no more than the user has allowed, and lists one client that expires when the user said", async () => {
    const { access_token: token, scope } = await program.tokens({ scopes: ["status:read"], hours: 1 });
    assert.equal(scope, "status:read");
    assert.equal(await program.statusWith(token), 200);
    const headers = { Authorization: `Bearer ${String(token)}` };
    const { status, json } = await bridge.execute({ command: "test.echo" }, headers);
    assert.deepEqual([status, Object(json["context"])["scope"]], [403, "commands:run"]);
    assert.equal(listed().length, 1);
    assert.notEqual(listed()[0]?.expiresAt, undefined);
    assert.notEqual(listed()[0]?.lastUsedAt, undefined);
  });

  it("lists no client before its code was exchanged", async () => {
    await program.code();
    assert.deepEqual(listed(), []);
  });

  it("ends every token of a client that the user revokes", async () => {
    const { access_token: token, refresh_token: refresh } = await program.tokens();
    await bridge.core.access.store.revoke(listed()[0]?.id ?? "", editorUser);
    assert.equal(await program.statusWith(token), 401);
    const { status, json } = await program.refresh(refresh);
    assert.deepEqual([status, json["error"]], [400, "invalid_grant"]);
  });

  it("rejects a code that was used, and revokes what it led to", async () => {
    const code = await program.code();
    const { access_token: token } = (await program.exchange(code)).json;
    assert.equal(await program.statusWith(token), 200);
    const { status, json } = await program.exchange(code);
    assert.deepEqual([status, json["error"]], [400, "invalid_grant"]);
    assert.equal(await program.statusWith(token), 401);
    assert.deepEqual(listed(), []);
  });

  it("gives tokens at most once for a code that is sent twice at the same time", async () => {
    const code = await program.code();
    const answers = await Promise.all([program.exchange(code), program.exchange(code)]);
    const given = answers.filter(({ status }) => status === 200);
    assert.ok(given.length <= 1);
    for (const { json } of given) assert.equal(await program.statusWith(json["access_token"]), 401);
    assert.deepEqual(listed(), []);
  });

  it("rejects a wrong verifier, a missing one, and uses the code up", async () => {
    for (const verifier of ["x".repeat(43), ""]) {
      const code = await program.code({ state: `with ${verifier}` });
      const wrong = await program.exchange(code, { code_verifier: verifier });
      assert.deepEqual([wrong.status, wrong.json["error"]], [400, "invalid_grant"]);
      assert.equal((await program.exchange(code)).json["error"], "invalid_grant");
    }
    assert.deepEqual(listed(), []);
  });

  it("rejects the code of another client, another address, and an unknown code", async () => {
    const other = await OAuthProgram.register(bridge, "Another program");
    const code = await program.code();
    const stolen = await other.exchange(code, { code_verifier: program.verifier });
    assert.deepEqual([stolen.status, stolen.json["error"]], [400, "invalid_grant"]);
    const moved = await program.exchange(code, { redirect_uri: "http://127.0.0.1:1/callback" });
    assert.equal(moved.status, 400);
    assert.equal((await program.exchange("unknown")).json["error"], "invalid_grant");
    assert.deepEqual(listed(), []);
  });

  it("rejects a code after a minute", async () => {
    clock = new TestClock();
    const code = await program.code();
    clock.pass(CODE_MS);
    assert.equal((await program.exchange(code)).json["error"], "invalid_grant");
  });

  it("rejects a resource that it is not, and accepts any address of this bridge", async () => {
    const code = await program.code({ resource: `${program.issuer}/mcp` });
    const other = await program.exchange(code, { resource: "https://another.example/" });
    assert.deepEqual([other.status, other.json["error"]], [400, "invalid_target"]);
    assert.equal((await program.exchange(code, { resource: program.issuer })).status, 200);
  });

  it("accepts an access token for an hour", async () => {
    const { access_token: token } = await program.tokens();
    clock = new TestClock();
    clock.pass(ACCESS_TOKEN_MS - 60_000);
    assert.equal(await program.statusWith(token), 200);
    clock.pass(60_000);
    assert.equal(await program.statusWith(token), 401);
  });

  it("exchanges a refresh token for the next one, and revokes the grant if one is used twice", async () => {
    const first = await program.tokens();
    const second = (await program.refresh(first["refresh_token"])).json;
    const third = (await program.refresh(second["refresh_token"])).json;
    assert.notEqual(second["refresh_token"], first["refresh_token"]);
    for (const { access_token: token } of [first, second, third]) assert.equal(await program.statusWith(token), 200);
    const reused = await program.refresh(first["refresh_token"]);
    assert.deepEqual([reused.status, reused.json["error"]], [400, "invalid_grant"]);
    for (const { access_token: token } of [first, second, third]) assert.equal(await program.statusWith(token), 401);
    assert.equal((await program.refresh(third["refresh_token"])).json["error"], "invalid_grant");
    assert.deepEqual(listed(), []);
  });

  it("exchanges a refresh token once when it is sent twice at the same time, and revokes the grant", async () => {
    const { refresh_token: refresh } = await program.tokens();
    const answers = await Promise.all([program.refresh(refresh), program.refresh(refresh)]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400],
    );
    assert.deepEqual(listed(), []);
  });

  it("rejects a refresh token of another client, an access token in its place, and wider scopes", async () => {
    const other = await OAuthProgram.register(bridge, "Another program");
    const { refresh_token: refresh, access_token: token } = await program.tokens();
    assert.equal((await other.refresh(refresh)).json["error"], "invalid_grant");
    assert.equal((await program.refresh(token)).json["error"], "invalid_grant");
    assert.equal((await program.refresh(refresh, { scope: "history:read" })).json["error"], "invalid_scope");
    assert.equal(await program.statusWith(refresh), 401);
    assert.equal((await program.refresh(refresh)).status, 200);
  });

  it("rejects other grants, other clients and other bodies", async () => {
    const errorOf = async (form: Record<string, string>) => (await program.token(form)).json["error"];
    assert.equal(
      await errorOf({ grant_type: "password", username: "me", password: "secret" }),
      "unsupported_grant_type",
    );
    assert.equal(await errorOf({ grant_type: "client_credentials" }), "unsupported_grant_type");
    assert.equal(await errorOf({}), "unsupported_grant_type");
    assert.equal(await errorOf({ grant_type: "refresh_token", client_id: "kbc_unknown" }), "invalid_client");
    const path = "/oauth/token";
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    assert.equal((await callPort(bridge.port, path, { body: {} })).status, 415);
    const large = await callPort(bridge.port, path, { body: `a=${"x".repeat(20_000)}`, headers: form });
    assert.equal(large.status, 413);
    const repeated = await callPort(bridge.port, path, { body: "grant_type=a&grant_type=b", headers: form });
    assert.deepEqual([repeated.status, repeated.json["error"]], [400, "invalid_request"]);
    const page = await callPort(bridge.port, path, { body: "a=b", headers: { ...form, Origin: "https://a.example" } });
    assert.equal(page.status, 403);
  });

  it("answers a limited number of requests a minute for all programs together, and counts no others", async () => {
    clock = TestClock.stopped();
    const { access_token: token } = await program.tokens();
    const answers: number[] = [];
    for (let count = 0; count <= MAX_OAUTH_PER_MINUTE; count++) answers.push((await program.token({})).status);
    const last = await program.token({});
    assert.deepEqual([answers[0], last.status, last.json["error"]], [400, 429, "temporarily_unavailable"]);
    assert.equal(await program.statusWith(token), 200);
    clock.pass(60_000);
    assert.equal((await program.token({})).status, 400);
  });

  it("revokes the grant of a token for its own client only, and is silent about unknown ones", async () => {
    const other = await OAuthProgram.register(bridge, "Another program");
    const { refresh_token: refresh, access_token: token } = await program.tokens();
    const revoke = async (by: OAuthProgram, revoked: unknown) =>
      (await by.post("/oauth/revoke", { client_id: by.clientId, token: String(revoked) })).status;
    assert.equal(await revoke(other, refresh), 400);
    assert.equal(await revoke(program, "unknown"), 200);
    assert.equal(await program.statusWith(token), 200);
    assert.equal(await revoke(program, refresh), 200);
    assert.equal(await program.statusWith(token), 401);
  });
});
