import assert from "node:assert/strict";
import type { GrantedScope } from "../../../../src/protocol/access.ts";
import { type Answer, type Call, callPort } from "../../../support/httpClient.ts";
import { MemoryAccess } from "../../../support/memoryAccess.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const CLIENTS = "/api/kiro/access/clients";
const REQUESTS = "/api/kiro/access/requests";

describe("The access API", () => {
  let bridge: TestBridge;
  const storage = new MemoryAccess();

  before(async () => {
    bridge = await startTestBridge({ accessStorage: storage });
  });

  after(() => bridge.dispose());

  const callWith = (token: string, path: string, { headers, ...call }: Call = {}): Promise<Answer> =>
    callPort(bridge.port, path, { ...call, headers: { Authorization: `Bearer ${token}`, ...headers } });

  async function create(body: object, by?: string): Promise<{ answer: Answer; token: string; id: string }> {
    const call = { body: { name: "Nightly", ...body } };
    const answer = await (by === undefined ? bridge.call(CLIENTS, call) : callWith(by, CLIENTS, call));
    const { token, client } = answer.json;
    return { answer, token: String(token), id: String(Object(client)["id"]) };
  }

  it("creates a token that is listed without its secret", async () => {
    const { answer, token, id } = await create({ role: "ci", expiresInSeconds: 3600, limits: { running: 1 } });
    assert.equal(answer.status, 201);
    const list = await bridge.call(CLIENTS);
    assert.ok(!list.text.includes(token.slice(17)) && !/salt|hash/.test(list.text));
    const clients = list.json["clients"];
    assert.ok(Array.isArray(clients));
    const found = Object(clients.find((client) => Object(client)["id"] === id));
    assert.deepEqual(
      [found["name"], found["kind"], found["limits"], found["via"], found["grantedBy"]["id"]],
      ["Nightly", "service", { running: 1 }, "http", "owner"],
    );
    const lifetimeMs = Date.parse(found["expiresAt"]) - Date.parse(found["createdAt"]);
    assert.ok(lifetimeMs > 3_500_000 && lifetimeMs < 3_700_000, String(lifetimeMs));
  });

  it("tells any principal what it may do", async () => {
    const { token, id } = await create({ scopes: ["status:read"], commands: { deny: ["x"] } });
    const { json } = await callWith(token, "/api/kiro/access/me");
    assert.deepEqual(json, {
      id,
      name: "Nightly",
      kind: "service",
      scopes: ["status:read"],
      commands: { deny: ["x"] },
      limits: {},
    });
    const own = (await bridge.call("/api/kiro/access/me")).json;
    assert.deepEqual([own["id"], own["kind"]], ["owner", "owner"]);
  });

  it("revokes a client, whose next request gets 401", async () => {
    const { token, id } = await create({ role: "ci" });
    const body = { command: "test.echo", args: ["hello"] };
    assert.equal((await callWith(token, "/api/kiro/execute", { body })).status, 200);
    const { status, json } = await bridge.call(`${CLIENTS}/${id}`, { method: "DELETE" });
    assert.deepEqual([status, json], [200, { revoked: true, id }]);
    const refused = await callWith(token, "/api/kiro/execute", { body });
    assert.deepEqual([refused.status, refused.json["code"]], [401, "AUTHENTICATION_FAILED"]);
    assert.equal((await bridge.call(`${CLIENTS}/${id}`, { method: "DELETE" })).status, 404);
  });

  it("is closed to clients without access:manage", async () => {
    const { token } = await create({ role: "operator" });
    const attempts: [string, Call][] = [
      [CLIENTS, {}],
      [CLIENTS, { body: { name: "A", role: "viewer" } }],
      [`${CLIENTS}/owner`, { method: "DELETE" }],
      [REQUESTS, {}],
      [`${REQUESTS}/x`, { body: { decision: "allow" } }],
    ];
    for (const [path, call] of attempts) {
      const { status, json } = await callWith(token, path, call);
      assert.deepEqual([status, json["context"]], [403, { rule: "scope", scope: "access:manage" }], path);
    }
  });

  it("creates no token that can do more than its creator", async () => {
    const scopes: GrantedScope[] = ["access:manage", "status:read", "commands:run", "bus:publish:build/*"];
    const creator = await create({
      scopes,
      commands: { allow: ["test.*"] },
      limits: { queued: 3 },
      expiresInSeconds: 600,
    });
    for (const wider of ["terminal:open", "events:read", "bus:publish", "bus:publish:deploy"]) {
      const { answer } = await create({ scopes: ["status:read", wider] }, creator.token);
      assert.deepEqual([answer.status, answer.json["context"]], [403, { rule: "scope", scope: wider }]);
    }
    const { answer } = await create({ scopes: ["commands:run"], commands: { allow: ["*"] } }, creator.token);
    assert.deepEqual([answer.status, answer.json["context"]], [403, { rule: "commands" }]);
    const made = await create({ scopes: ["commands:run", "bus:publish:build/*"] }, creator.token);
    const client = Object(made.answer.json["client"]);
    assert.deepEqual([client["commands"], client["limits"]], [{ allow: ["test.*"] }, { queued: 3 }]);
    assert.equal(client["expiresAt"], Object(creator.answer.json["client"])["expiresAt"]);
    assert.equal(client["grantedBy"]["id"], creator.id);
  });

  it("rejects clients without a name or scopes, and scopes that do not exist", async () => {
    const bodies = [{}, { scopes: [] }, { scopes: ["all"] }, { role: "ci", scopes: ["status:read"] }];
    for (const body of [
      ...bodies,
      { role: "ci", name: "a\u202Eb" },
      { role: "ci", expiresInSeconds: 0 },
      { role: "ci", id: "owner" },
    ]) {
      const { answer } = await create(body);
      assert.equal(answer.status, 400, JSON.stringify(body));
    }
  });

  it("shows pairing requests, and decides them", async () => {
    const asked = await callPort(bridge.port, "/api/kiro/pair", { body: { name: "Tool", role: "ci" } });
    const [request] = Object((await bridge.call(REQUESTS)).json)["requests"];
    assert.deepEqual([request.name, request.code], ["Tool", asked.json["code"]]);
    const body = { decision: "allow", hours: 1, scopes: ["status:read"] };
    assert.deepEqual((await bridge.call(`${REQUESTS}/${request.id}`, { body })).json, {
      id: request.id,
      status: "allowed",
    });
    assert.equal((await bridge.call(`${REQUESTS}/${request.id}`, { body })).status, 409);
    assert.equal((await bridge.call(`${REQUESTS}/none`, { body })).status, 404);
    assert.equal((await bridge.call(`${REQUESTS}/${request.id}`, { body: { decision: "maybe" } })).status, 400);
    const { json } = await callPort(bridge.port, String(asked.headers.location));
    assert.deepEqual(Object(json["client"])["scopes"], ["status:read"]);
    assert.deepEqual((await bridge.call(REQUESTS)).json, { requests: [] });
  });

  it("reports a file that cannot be read, and admits no client of it", async () => {
    const { token } = await create({ role: "viewer" });
    const { text } = storage;
    storage.text = "{";
    await until(() => bridge.core.access.store.problem !== undefined);
    assert.equal((await callWith(token, "/api/kiro/status")).status, 401);
    assert.match(String((await bridge.call(CLIENTS)).json["problem"]), /delete it to revoke/);
    assert.equal((await create({ role: "viewer" })).answer.status, 500);
    storage.text = text;
    await until(() => bridge.core.access.store.problem === undefined);
    assert.equal((await callWith(token, "/api/kiro/status")).status, 200);
  });
});
