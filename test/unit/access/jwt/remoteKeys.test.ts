import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { FAILURE_COOLDOWN_MS } from "../../../../src/access/jwt/fetchKeys.ts";
import { KID_COOLDOWN_MS } from "../../../../src/access/jwt/jwtAuthenticator.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { answerJson, AUDIENCE, ISSUER, type KeyServer, startKeyServer, TestIssuer } from "./issuerRig.ts";

describe("Service accounts over HTTP, with keys that are fetched", () => {
  const realNow = Date.now;
  let issuer: TestIssuer;
  let keys: KeyServer;
  let bridge: TestBridge;
  let issuers: unknown = [];

  const statusWith = async (token: string) =>
    (await bridge.call("/api/kiro/status", { headers: { Authorization: `Bearer ${token}` } })).status;

  beforeEach(async () => {
    issuer = await TestIssuer.create();
    keys = await startKeyServer(answerJson(await issuer.jwks()));
    issuers = [{ issuer: ISSUER, audience: AUDIENCE, jwksUri: keys.uri }];
    bridge = await startTestBridge({ settings: () => (key) => (key === "auth.issuers" ? issuers : undefined) });
  });
  afterEach(async () => {
    Date.now = realNow;
    await bridge.dispose();
    await keys.close();
  });

  it("run a command in their own name", async () => {
    const token = await issuer.sign({ scope: "commands:run" });
    const headers = { Authorization: `Bearer ${token}` };
    const { json } = await bridge.execute({ command: "test.echo", args: ["hello"] }, headers);
    const { requestedBy } = (await bridge.call(`/api/kiro/executions/${String(json["executionId"])}`)).json;
    const principal: unknown = Reflect.get(Object(requestedBy), "principal");
    assert.deepEqual({ ...Object(principal), id: "" }, { id: "", name: "deploy", kind: "service" });
    assert.equal((await bridge.call("/api/kiro/executions", { headers })).status, 200);
    assert.deepEqual(keys.asked, ["/keys"]);
  });

  it("end when the setting no longer names their issuer", async () => {
    const token = await issuer.sign();
    assert.equal(await statusWith(token), 200);
    issuers = [];
    bridge.applySettings();
    assert.equal(await statusWith(token), 401);
  });

  it("fetches the keys once for many tokens, and again for an unknown kid after a cooldown only", async () => {
    const next = await TestIssuer.create("key-2");
    const tokens = await Promise.all(Array.from({ length: 10 }, (_, at) => issuer.sign({ sub: `service ${at}` })));
    const nextToken = await next.sign();
    assert.deepEqual(new Set(await Promise.all(tokens.map(statusWith))), new Set([200]));
    assert.equal(keys.asked.length, 1);
    keys.answer = answerJson({ keys: [await issuer.publicKey(), await next.publicKey()] });
    assert.equal(await statusWith(await next.sign()), 401);
    assert.equal(keys.asked.length, 1);
    Date.now = () => realNow() + KID_COOLDOWN_MS + 1000;
    assert.equal(await statusWith(nextToken), 200);
    assert.equal(keys.asked.length, 2);
  });

  it("rejects keys of 10 MB, and does not read them to the end", async () => {
    const closed = Promise.withResolvers<number>();
    keys.answer = (_request, response) => {
      let sent = 0;
      const chunk = Buffer.alloc(65_536, " ");
      const more = (): void => {
        while (sent < 10_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end('{"keys":[]}');
      };
      response.once("close", () => closed.resolve(sent));
      response.setHeader("Content-Type", "application/json");
      more();
    };
    assert.equal(await statusWith(await issuer.sign()), 401);
    assert.ok((await closed.promise) < 10_000_000);
  });

  it("keeps nobody else waiting for keys that never come, and does not ask for them again at once", async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    keys.answer = (_request, response) => asked.resolve(response);
    const token = await issuer.sign();
    let isSettled = false;
    const waiting = statusWith(token).finally(() => (isSettled = true));
    const response = await asked.promise;
    const { status } = await bridge.execute({ command: "test.echo", args: ["hello"] });
    assert.deepEqual([status, isSettled], [200, false]);
    const closed = once(response, "close");
    assert.equal(await waiting, 401);
    await closed;
    assert.equal(await statusWith(token), 401);
    assert.equal(keys.asked.length, 1);
  });

  it("follows no redirect", async () => {
    keys.answer = (_request, response) => response.writeHead(302, { Location: `${keys.uri}/others` }).end();
    assert.equal(await statusWith(await issuer.sign()), 401);
    assert.deepEqual(keys.asked, ["/keys"]);
  });

  it("asks again for keys that could not be fetched after a cooldown", async () => {
    const clock = TestClock.stopped();
    try {
      const token = await issuer.sign();
      keys.answer = (_request, response) => response.writeHead(500).end();
      assert.equal(await statusWith(token), 401);
      keys.answer = answerJson(await issuer.jwks());
      assert.equal(await statusWith(token), 401);
      clock.pass(FAILURE_COOLDOWN_MS);
      assert.equal(await statusWith(token), 200);
      assert.equal(keys.asked.length, 2);
    } finally {
      clock.release();
    }
  });

  it("rejects keys that are no key set, and does not ask for them again at once", async () => {
    const clock = TestClock.stopped();
    try {
      for (const wrong of ["keys", {}, { keys: "x" }, { keys: [1] }, { keys: [] }]) {
        keys.answer = answerJson(wrong);
        const asked = keys.asked.length;
        for (let count = 0; count < 3; count++) assert.equal(await statusWith(await issuer.sign()), 401);
        assert.equal(keys.asked.length, asked + 1, JSON.stringify(wrong));
        clock.pass(FAILURE_COOLDOWN_MS);
      }
    } finally {
      clock.release();
    }
  });
});
