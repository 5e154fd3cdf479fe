import assert from "node:assert/strict";
import type { GrantedScope } from "../../../../src/protocol/access.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { BusClient, type BusClientOptions } from "../../../support/plugins/busClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { until } from "../../../support/until.ts";

describe("Access to the bus", () => {
  const principals = new FakePrincipals();
  const clients: BusClient[] = [];
  let folder: string;
  let bridge: TestBridge;

  before(async () => {
    folder = await temporaryFolder();
    bridge = await startTestBridge({ principals, audit: { folder }, maxConnections: 20 });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  after(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  const open = async (options: BusClientOptions = {}): Promise<BusClient> => {
    const client = await BusClient.open(bridge, options);
    clients.push(client);
    return client;
  };
  const plugin = (name: string): Promise<BusClient> => open({ query: { name } });
  const refusal = (options: BusClientOptions) => new BusClient(bridge.port, options).closed;
  let ids = 0;
  const clientWith = (...scopes: GrantedScope[]) => principals.add(`p${++ids}`, { scopes });

  it("needs a token, and no web page gets in whose origin is not allowed", async () => {
    assert.deepEqual(await refusal({ headers: {} }), { code: 401, reason: "AUTHENTICATION_FAILED" });
    const { token } = clientWith("bus:subscribe");
    const headers = { Authorization: `Bearer ${token}`, Origin: "https://evil.example" };
    assert.deepEqual(await refusal({ headers }), { code: 403, reason: "ACCESS_DENIED" });
    const site = { Authorization: `Bearer ${token}`, "Sec-Fetch-Site": "cross-site" };
    assert.deepEqual(await refusal({ headers: site }), { code: 403, reason: "ACCESS_DENIED" });
  });

  it("needs a scope of the bus", async () => {
    const { token } = clientWith("commands:run");
    assert.deepEqual(await refusal({ token }), { code: 403, reason: "ACCESS_DENIED" });
  });

  it("ignores nothing that says who sends: `source` is rejected, and set by the bus", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "**" });
    a.webSocket.send(JSON.stringify({ id: 1, op: "publish", message: { topic: "t", source: "c" } }));
    assert.equal(Object((await a.waitFor(({ id }) => id === 1))["error"])["code"], "VALIDATION_FAILED");
    a.webSocket.send(JSON.stringify({ id: 2, op: "publish", message: { topic: "t", headers: { source: "c" } } }));
    await b.waitForType("message");
    assert.deepEqual(
      b.messages.map(({ source }) => source),
      ["a"],
    );
  });

  it("allows a client the topics of its scopes, and tells which scope is missing", async () => {
    const { token } = clientWith("bus:publish:build/*", "bus:subscribe:build/**");
    const client = await open({ token });
    await client.do({ op: "subscribe", subscription: 1, pattern: "build/*/log" });
    await client.do({ op: "publish", message: { topic: "build/done" } });
    const { error } = await client.ask({ op: "publish", message: { topic: "build/a/b" } });
    const { code, context } = Object(error);
    assert.deepEqual([code, context], ["ACCESS_DENIED", { rule: "scope", scope: "bus:publish:build/a/b" }]);
    for (const pattern of ["**", "*/done", "other/x", "builds/x"]) {
      const { error: denied } = await client.ask({ op: "subscribe", subscription: 2, pattern });
      assert.deepEqual(Object(denied)["context"], { rule: "scope", scope: `bus:subscribe:${pattern}` });
    }
  });

  it("lets only the program answer a request that has received it", async () => {
    const [a, b, c] = [await plugin("a"), await plugin("b"), await plugin("c")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const asked = a.ask({ op: "request", message: { topic: "plugin/b/rpc" } });
    await b.waitForType("message");
    const correlationId = String(b.messages[0]?.["correlationId"]);
    for (const op of ["respond", "progress"] as const)
      for (const thief of [a, c])
        assert.equal(await thief.codeOf({ op, correlationId, payload: "forged" }), "ACCESS_DENIED");
    await b.do({ op: "respond", correlationId, payload: "real" });
    assert.equal((await asked)["result"], "real");
    assert.equal(await b.codeOf({ op: "respond", correlationId, payload: "again" }), "CONFLICT");
  });

  it("does not show a message for one plugin to another", async () => {
    const [a, b, c] = [await plugin("a"), await plugin("b"), await plugin("c")];
    for (const client of [b, c]) await client.do({ op: "subscribe", subscription: 1, pattern: "**" });
    await a.do({ op: "publish", message: { topic: "t", destination: "b" } });
    await a.do({ op: "publish", message: { topic: "last" } });
    await Promise.all([b, c].map((client) => client.waitForType("message")));
    const topicsOf = (client: BusClient) => client.messages.map(({ topic }) => topic);
    await until(() => b.messages.length === 2);
    assert.deepEqual([topicsOf(b), topicsOf(c)], [["t", "last"], ["last"]]);
  });

  it("gives a plugin its own name, and a client that of its topics", async () => {
    const own = principals.add("of-plugin", { kind: "plugin", name: "mine", scopes: ["bus:publish:plugin/mine/**"] });
    assert.equal((await open({ token: own.token })).ready["name"], "mine");
    assert.deepEqual(await refusal({ token: own.token, query: { name: "yours" } }), {
      code: 403,
      reason: "ACCESS_DENIED",
    });
    const { token } = clientWith("bus:publish:plugin/lent/**");
    assert.equal((await open({ token, query: { name: "lent" } })).ready["name"], "lent");
    assert.deepEqual(await refusal({ token, query: { name: "other" } }), { code: 403, reason: "ACCESS_DENIED" });
    for (const name of ["kiro-bridge", "system", "bridge", "Big", "a b", "a/b"])
      assert.deepEqual(await refusal({ query: { name } }), { code: 400, reason: "VALIDATION_FAILED" }, name);
  });

  it("ends the session of a plugin that was started again with another token", async () => {
    const started = (id: string) =>
      principals.add(id, { kind: "plugin", name: "twice", scopes: ["bus:publish:plugin/twice/**"] });
    const before = await open({ token: started("first-start").token });
    const after = await open({ token: started("second-start").token });
    assert.equal((await before.closed).code, 4409);
    await after.do({ op: "publish", message: { topic: "plugin/twice/events" } });
  });

  it("closes the connection of a client whose access is revoked, and ends its session", async () => {
    const principal = clientWith("bus:publish", "bus:subscribe");
    const { token } = principal;
    const client = await open({ token });
    await client.do({ op: "subscribe", subscription: 1, pattern: "t" });
    principals.end(principal);
    assert.equal((await client.closed).code, 4401);
    const query = { session: String(client.ready["session"]) };
    assert.deepEqual(await refusal({ token, query }), { code: 401, reason: "AUTHENTICATION_FAILED" });
  });

  it("records what it refuses in the audit log, and bounds how much", async () => {
    const principal = clientWith("bus:publish:build/*");
    const client = await open({ token: principal.token });
    for (let n = 0; n < 500; n++) client.tell({ op: "publish", message: { topic: `secret/${n}` } });
    await client.do({ op: "publish", message: { topic: "build/done" } });
    const entries = async () => {
      const { json } = await bridge.call(`/api/kiro/access/audit?principal=${principal.id}&limit=200`);
      return Array.isArray(json["entries"]) ? json["entries"].map((entry) => Object(entry)) : [];
    };
    await until(async () => (await entries()).length > 0);
    const [entry] = await entries();
    assert.equal(entry["kind"], "request-refused");
    assert.equal(entry["what"], "publish /bus");
    assert.ok((await entries()).length < 100);
    assert.doesNotMatch(JSON.stringify(await entries()), /secret\/499/);
  });

  it("is bounded: the connections of a client, its subscriptions, and its requests that wait", async () => {
    const { token } = principals.add("greedy", {
      limits: { connections: 2 },
      scopes: ["bus:publish", "bus:subscribe"],
    });
    const client = await open({ token });
    await open({ token });
    assert.deepEqual(await refusal({ token }), { code: 429, reason: "RATE_LIMIT_EXCEEDED" });
    for (let subscription = 1; subscription <= 256; subscription++)
      client.tell({ op: "subscribe", subscription, pattern: "plugin/greedy/rpc", options: { group: "g" } });
    assert.equal(await client.codeOf({ op: "subscribe", subscription: 257, pattern: "t" }), "RATE_LIMIT_EXCEEDED");
    const message = { topic: "plugin/greedy/rpc", destination: "client-greedy" };
    for (let n = 0; n < 1000; n++) client.tell({ op: "request", message });
    assert.equal(await client.codeOf({ op: "request", message }), "RATE_LIMIT_EXCEEDED");
  });
});
