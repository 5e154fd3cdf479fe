import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { PAIRING_MS } from "../../../../src/access/pairings.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { MAX_ASKS_PER_MINUTE, MAX_POLLS_PER_MINUTE } from "../../../../src/server/routes/pair.ts";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const PATH = "/api/kiro/pair";
const tool = { name: "Tool", role: "ci", reason: "Runs the tests" };

describe("POST /api/kiro/pair", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge({ guards: { allowedOrigins: ["https://allowed.example"] } });
  });

  afterEach(() => bridge.dispose());

  /** Sends no token. */
  const call = (path: string, rest?: Call): Promise<Answer> => callPort(bridge.port, path, rest);
  const ask = (body: object | string = tool, headers: Call["headers"] = {}) => call(PATH, { body, headers });
  const locationOf = ({ headers }: Answer): string => String(headers.location);
  const pendingId = (): string => bridge.core.access.pairings.pending[0]?.id ?? "";
  const decide = (decision: "allow" | "deny"): void =>
    bridge.core.access.pairings.decide(pendingId(), { decision }, editorUser);

  it("asks without a token, and names a secret location", async () => {
    const answer = await ask(tool, { "User-Agent": "tool/1" });
    assert.equal(answer.status, 202);
    assert.deepEqual(Object.keys(answer.json), ["status", "code", "expiresAt"]);
    assert.equal(answer.json["status"], "pending");
    assert.match(locationOf(answer), /^\/api\/kiro\/pair\/[\w-]{43}$/);
    const [{ code, name, scopes, reason, program, from } = assert.fail()] = bridge.core.access.pairings.pending;
    assert.deepEqual([name, reason, program, from], ["Tool", "Runs the tests", "tool/1", undefined]);
    assert.deepEqual(scopes, ["status:read", "commands:run", "agents:prompt"]);
    assert.equal(code, answer.json["code"]);
  });

  it("gives the token once", async () => {
    const location = locationOf(await ask());
    decide("allow");
    const { status, json } = await call(location);
    const { token, client } = json;
    assert.deepEqual([status, json["status"], Object(client)["name"]], [200, "allowed", "Tool"]);
    const headers = { Authorization: `Bearer ${String(token)}` };
    assert.equal((await call("/api/kiro/status", { headers })).status, 200);
    assert.equal((await call(location)).status, 404);
    assert.equal(bridge.core.access.store.list().length, 1);
  });

  it("says plainly that it was denied, or has expired", async () => {
    const clock = TestClock.stopped();
    try {
      const denied = locationOf(await ask());
      decide("deny");
      const { status, json } = await call(denied);
      assert.deepEqual(
        [status, json["message"], json["context"]],
        [403, "The user denied this request.", { rule: "pairing" }],
      );
      const expired = locationOf(await ask());
      clock.pass(PAIRING_MS);
      const answer = await call(expired);
      assert.deepEqual([answer.status, Object(answer.json["context"])["operation"]], [408, "pairing"]);
      assert.match(String(answer.json["message"]), /Ask again/);
    } finally {
      clock.release();
    }
  });

  it("waits for the decision, by default 120 s", async () => {
    const location = locationOf(await ask());
    assert.equal((await call(`${location}?wait=0`)).status, 202);
    const waiting = call(location);
    await until(() => bridge.core.clients.size === 1);
    decide("allow");
    assert.equal((await waiting).json["status"], "allowed");
    const clock = TestClock.stopped();
    try {
      const second = locationOf(await ask());
      let isAnswered = false;
      const slow = call(second).finally(() => {
        isAnswered = true;
      });
      await until(() => bridge.core.clients.size === 1);
      clock.pass(119_999);
      assert.equal(isAnswered, false);
      clock.pass(1);
      assert.deepEqual([(await slow).status, (await slow).json["status"]], [202, "pending"]);
    } finally {
      clock.release();
    }
  });

  it("rejects a second client that polls the location at the same time", async () => {
    const location = locationOf(await ask());
    const waiting = call(location);
    await until(() => bridge.core.clients.size === 1);
    const { status, json } = await call(`${location}?wait=0`);
    assert.deepEqual([status, json["code"]], [409, "CONFLICT"]);
    decide("allow");
    assert.equal((await waiting).status, 200);
  });

  it("gives the token to the next poll if the client has gone before the decision", async () => {
    const location = locationOf(await ask());
    const lost = httpRequest({ port: bridge.port, host: "127.0.0.1", path: location });
    lost.on("error", () => undefined);
    lost.end();
    await until(() => bridge.core.clients.size === 1);
    lost.destroy();
    await until(() => bridge.core.clients.size === 0);
    decide("allow");
    assert.deepEqual(bridge.core.access.store.list(), []);
    assert.equal((await call(location)).status, 200);
  });

  it("is not opened by the code, the ID or a guess", async () => {
    const { json } = await ask();
    for (const guess of [String(json["code"]), pendingId(), "x".repeat(43), "..%2fpair"])
      assert.equal((await call(`${PATH}/${guess}`)).status, 404, guess);
  });

  it("takes one request for each name and three in all", async () => {
    assert.equal((await ask()).status, 202);
    assert.equal((await ask()).status, 429);
    for (const name of ["B", "C"]) assert.equal((await ask({ ...tool, name })).status, 202);
    const { status, json } = await ask({ ...tool, name: "D" });
    assert.deepEqual([status, json["code"]], [429, "RATE_LIMIT_EXCEEDED"]);
  });

  it("limits how often it is asked, and how often its result is", async () => {
    let last = 0;
    for (let count = 0; count <= MAX_ASKS_PER_MINUTE; count++) last = (await ask({})).status;
    assert.equal(last, 429);
    for (let count = 0; count <= MAX_POLLS_PER_MINUTE; count++) last = (await call(`${PATH}/x`)).status;
    assert.equal(last, 429);
    assert.equal((await bridge.call("/api/kiro/status")).status, 200);
  });

  it("rejects unknown, no or contradictory scopes", async () => {
    const bodies = [
      { name: "T" },
      { name: "T", scopes: [] },
      { name: "T", scopes: ["everything"] },
      { name: "T", scopes: ["bus:publish:"] },
      { name: "T", role: "king" },
      { name: "T", role: "ci", scopes: ["status:read"] },
      { name: "T", role: "ci", commands: { allow: [""] } },
      { name: "T", role: "ci", limits: { running: 0 } },
      { name: "T", role: "ci", hours: 1 },
    ];
    for (const body of bodies) {
      const { status, json } = await ask(body);
      assert.deepEqual([status, json["code"]], [400, "VALIDATION_FAILED"], JSON.stringify(body));
    }
    assert.deepEqual(bridge.core.access.pairings.pending, []);
  });

  it("rejects names and reasons that do not stay in their line", async () => {
    const texts = [
      "",
      " T",
      "T ",
      "a\nb",
      "a\u2028b",
      "\u202Etxt.exe",
      "a\u200Bb",
      "a\u0000b",
      "\u2066a",
      `a${"\u0301".repeat(9)}`,
    ];
    for (const text of [...texts, "x".repeat(301)]) {
      assert.equal((await ask({ ...tool, name: text })).status, 400, JSON.stringify(text));
      assert.equal((await ask({ ...tool, reason: text })).status, 400, JSON.stringify(text));
    }
    assert.equal((await ask({ ...tool, name: "x".repeat(81) })).status, 400);
    for (const name of ["Überprüfung – Ω", "日本語ツール", "हिन्दी"]) {
      assert.equal((await ask({ ...tool, name })).status, 202, name);
      decide("deny");
    }
  });

  it("keeps the other guards", async () => {
    const statusWith = async (headers: Call["headers"], body: object | string = tool) =>
      (await ask(body, headers)).status;
    assert.equal(await statusWith({ Host: "evil.example" }), 403);
    assert.equal(await statusWith({ Origin: "https://evil.example" }), 403);
    assert.equal(await statusWith({ "Sec-Fetch-Site": "cross-site" }), 403);
    assert.equal(await statusWith({ "Content-Type": "text/plain" }, JSON.stringify(tool)), 415);
    assert.equal((await ask({ ...tool, reason: "x".repeat(70_000) })).status, 413);
    assert.deepEqual(bridge.core.access.pairings.pending, []);
    assert.equal((await call(PATH)).status, 401);
    assert.equal((await call(`${PATH}/x`, { method: "POST", body: {} })).status, 401);
  });

  it("gives nothing to HEAD", async () => {
    const location = locationOf(await ask());
    decide("allow");
    assert.equal((await call(location, { method: "HEAD" })).status, 401);
    assert.equal((await bridge.call(location, { method: "HEAD" })).status, 404);
    assert.equal((await call(location)).status, 200);
  });

  it("ends waiting requests when the bridge stops", async () => {
    const location = locationOf(await ask());
    const waiting = call(location);
    await until(() => bridge.core.clients.size === 1);
    await bridge.dispose();
    const { status, json } = await waiting;
    assert.deepEqual([status, json["code"]], [503, "KIRO_UNAVAILABLE"]);
  });

  it("takes nothing while the bridge is not open", async () => {
    bridge.server.announceStop();
    assert.equal((await ask()).status, 503);
    assert.equal((await call(`${PATH}/x`)).status, 503);
  });
});
