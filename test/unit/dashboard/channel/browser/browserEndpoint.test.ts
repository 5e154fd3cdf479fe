import assert from "node:assert/strict";
import { once } from "node:events";
import { BrowserSocket, type BrowserSocketOptions } from "../../../../support/dashboard/browserSocket.ts";
import { editorUser } from "../../../../../src/core/access/principal.ts";
import { callPort } from "../../../../support/httpClient.ts";
import { MemoryAccess } from "../../../../support/memoryAccess.ts";
import { FakeAgent } from "../../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../../support/testBridge.ts";
import { until } from "../../../../support/until.ts";

describe("BrowserEndpoint", () => {
  let bridge: TestBridge;
  let clients: FakePrincipals;
  const sockets: BrowserSocket[] = [];
  const agent = new FakeAgent();

  beforeEach(async () => {
    clients = new FakePrincipals();
    bridge = await startTestBridge({ principals: clients, agent, limits: { maxBodyBytes: 64 * 1024 } });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    await bridge.dispose();
  });

  function connect(options: BrowserSocketOptions): BrowserSocket {
    const socket = new BrowserSocket(bridge.port, options);
    sockets.push(socket);
    return socket;
  }

  async function open(options: BrowserSocketOptions): Promise<BrowserSocket> {
    const socket = await BrowserSocket.open(bridge.port, options);
    sockets.push(socket);
    return socket;
  }

  describe("lets in", () => {
    it("its own page with the token of a client, or a ticket that was made for it", async () => {
      const { token } = clients.add("page", { role: "viewer" });
      const { result } = await (await open({ token })).ask("status");
      assert.deepEqual(Reflect.get(Object(result), "server"), { kind: "on", url: `http://127.0.0.1:${bridge.port}` });
      const { json } = await bridge.call("/api/kiro/tickets", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}` },
      });
      const path = `/dashboard/socket?ticket=${String(Reflect.get(Object(json), "ticket"))}`;
      assert.equal((await (await open({ path })).ask("status")).error, undefined);
      assert.equal((await connect({ path }).ended).code, 401, "a ticket is used once");
    });

    it("nobody without a token, with a wrong one, or without the scope for the status", async () => {
      for (const options of [{}, { token: "kbt_wrong" }]) assert.equal((await connect(options).ended).code, 401);
      const { token } = clients.add("no-status", { scopes: ["commands:run"] });
      const { code, reason } = await connect({ token }).ended;
      assert.equal(code, 403);
      assert.match(reason, /"scope":"status:read"/);
    });

    it("no page of another origin, although it has a token, and no other socket lets in this page", async () => {
      const { token } = clients.add("page", { role: "viewer" });
      const own = `http://127.0.0.1:${bridge.port}`;
      const foreign = [
        "https://evil.example",
        `http://127.0.0.1:${bridge.port + 1}`,
        `https://127.0.0.1:${bridge.port}`,
        `http://localhost:${bridge.port}`,
        "null",
      ];
      for (const origin of foreign) assert.equal((await connect({ token, origin }).ended).code, 403, origin);
      for (const site of ["cross-site", "same-site"])
        assert.equal((await connect({ token, headers: { "Sec-Fetch-Site": site } }).ended).code, 403, site);
      for (const path of ["/ws", "/terminal"])
        assert.equal((await connect({ token, origin: own, path }).ended).code, 403, path);
    });

    it("no page that only has its origin to show, where no token is required", async () => {
      const free = await startTestBridge({ guards: { authMode: "none" } });
      try {
        assert.equal((await new BrowserSocket(free.port).ended).code, 403);
      } finally {
        await free.dispose();
      }
      const origin = "http://127.0.0.1:1";
      const allowed = await startTestBridge({ guards: { authMode: "none", allowedOrigins: [origin] } });
      try {
        const socket = await BrowserSocket.open(allowed.port, { origin });
        assert.equal((await socket.ask("access")).error, undefined, "the user's own");
        socket.close();
      } finally {
        await allowed.dispose();
      }
    });

    it("as many as the limit of the client allows", async () => {
      const { token } = clients.add("page", { role: "viewer", limits: { connections: 1 } });
      const first = await open({ token });
      const { code, reason } = await connect({ token }).ended;
      assert.equal(code, 1013);
      assert.match(reason, /already has 1 connections/);
      first.close();
      await until(() => bridge.core.clients.size === 0);
      assert.equal((await (await open({ token })).ask("status")).error, undefined);
    });
  });

  describe("does everything as the client", () => {
    it("runs a command again with its name in the record, within the lists of commands", async () => {
      const { token } = clients.add("page", { role: "operator", commands: { deny: ["test.denied"] } });
      await bridge.core.catalog.refresh();
      const socket = await open({ token });
      const first = await bridge.core.dispatcher.submit({ command: "test.echo", args: ["a"] });
      await first.settled;
      const { result } = await socket.ask("runAgain", { executionId: first.id });
      const again = bridge.core.executions.get(String(Reflect.get(Object(result), "executionId")));
      assert.equal(again?.requestedBy?.principal?.id, "page");
      assert.equal(again?.requestedBy?.origin, "program");
      bridge.editor.register("test.denied", () => "never");
      const denied = await bridge.core.dispatcher.submit({ command: "test.denied" });
      await denied.settled;
      assert.equal((await socket.ask("runAgain", { executionId: denied.id })).error?.code, "ACCESS_DENIED");
    });

    it("lets a program in on behalf of the client, if that may decide", async () => {
      const manager = clients.add("manager", { role: "owner", name: "Page of Ada" });
      const { request, secret } = bridge.core.access.pairings.ask({ name: "asker", scopes: ["status:read"] });
      const viewer = await open({ token: clients.add("viewer", { role: "viewer" }).token });
      const decision = { requestId: request.id, decision: "allow" };
      assert.equal((await viewer.ask("decidePairing", decision)).error?.code, "ACCESS_DENIED");
      assert.equal((await (await open({ token: manager.token })).ask("decidePairing", decision)).error, undefined);
      const { status, json } = await callPort(bridge.port, `/api/kiro/pair/${secret}`);
      assert.equal(status, 200);
      assert.match(JSON.stringify(json), /"grantedBy":\{"id":"manager","name":"Page of Ada"/);
    });

    it("grants nothing that the client does not have itself", async () => {
      const { token } = clients.add("page", { scopes: ["status:read", "access:manage"] });
      const socket = await open({ token });
      const grant = { name: "more", scopes: ["commands:run"] };
      assert.equal((await socket.ask("createToken", grant)).error?.code, "ACCESS_DENIED");
      assert.equal(bridge.core.access.store.list().length, 0);
    });

    it("asks the page what the editor would ask, and ends the question with the connection", async () => {
      const { token } = clients.add("page", { role: "owner" });
      const socket = await open({ token });
      socket.send("clearHistory");
      const act = await socket.waitFor(({ type }) => type === "act");
      assert.equal(act["action"], "confirmClearHistory");
      await socket.ask("acted", { actionId: act["actionId"], result: false });
      assert.ok(await socket.waitFor(({ result }) => Reflect.get(Object(result), "isCleared") === false));
      socket.send("clearHistory");
      await until(() => socket.messages.filter(({ type }) => type === "act").length === 2);
      socket.close();
      await until(() => bridge.core.clients.size === 0);
    });

    it("never sends the token of the owner, to nobody", async () => {
      const { token } = clients.add("page", { role: "owner" });
      const socket = await open({ token });
      await socket.ask("subscribe", {});
      assert.equal((await socket.ask("copyToken")).error?.code, "ACCESS_DENIED");
      const copying = socket.ask("copyCurl");
      const { params, actionId } = await socket.waitFor(({ type }) => type === "act");
      await socket.ask("acted", { actionId });
      await copying;
      assert.match(JSON.stringify(params), /(?:\$|%)TOKEN/);
      for (const method of ["status", "access", "clients", "auditPage", "exports", "models", "plugins", "metrics"])
        await socket.ask(method, method === "auditPage" ? { limit: 10 } : {});
      const all = JSON.stringify(socket.messages);
      assert.equal(all.includes(TEST_TOKEN), false);
      assert.equal(all.includes(token), false);
    });

    it("sends the lists of programs to nobody who may not manage them", async () => {
      const viewer = await open({ token: clients.add("viewer", { role: "viewer" }).token });
      const manager = await open({ token: clients.add("manager", { role: "owner" }).token });
      for (const socket of [viewer, manager]) await socket.ask("subscribe", {});
      bridge.core.access.pairings.ask({ name: "asker", scopes: ["status:read"] });
      await manager.waitFor(({ type }) => type === "access");
      await viewer.ask("status");
      assert.equal(
        viewer.messages.some(({ type }) => type === "access" || type === "clients"),
        false,
      );
    });
  });

  describe("ends", () => {
    it("when the access of the client ends, with the reason", async () => {
      const page = clients.add("page", { role: "viewer" });
      const socket = await open({ token: page.token });
      clients.end(page);
      const { code, reason } = await socket.ended;
      assert.equal(code, 4401);
      assert.match(reason, /revoked or has expired/);
    });

    it("when the page gives its access up", async () => {
      const real = await startTestBridge({ accessStorage: new MemoryAccess() });
      try {
        const { store } = real.core.access;
        const { token } = await store.create({ name: "page", kind: "client", scopes: ["status:read"], by: editorUser });
        const socket = await BrowserSocket.open(real.port, { token });
        socket.send("forget");
        assert.equal((await socket.ended).code, 4401);
        assert.deepEqual(store.list(), []);
        assert.equal((await new BrowserSocket(real.port, { token }).ended).code, 401);
      } finally {
        await real.dispose();
      }
    });

    it("when the token of the owner was replaced, for its connections", async () => {
      const socket = await open({ token: TEST_TOKEN });
      const page = await open({ token: clients.add("page", { role: "viewer" }).token });
      bridge.server.rotateToken("another-token-0123456789-abcdefghijklmnopq");
      assert.equal((await socket.ended).code, 4401);
      assert.equal((await page.ask("status")).error, undefined, "a client keeps its own token");
    });

    it("when the user disconnects the client", async () => {
      const socket = await open({ token: clients.add("page", { role: "viewer" }).token });
      const [entry] = bridge.core.clients.list();
      assert.ok(entry !== undefined && bridge.core.clients.disconnect(entry.id));
      const { code, reason } = await socket.ended;
      assert.equal(code, 1008);
      assert.match(reason, /Disconnected/);
    });

    it("when the bridge stops, after the reply to what was asked", async () => {
      const socket = await open({ token: clients.add("page", { role: "viewer" }).token });
      const asked = socket.ask("status");
      await asked;
      await bridge.dispose();
      assert.equal((await socket.ended).code, 1001);
    });

    it("on a message that is too large, and on a binary one", async () => {
      const { token } = clients.add("page", { role: "viewer" });
      const large = await open({ token });
      large.send("copyText", { text: "x".repeat(70 * 1024) });
      assert.equal((await large.ended).code, 1009);
      const binary = await open({ token });
      binary.webSocket.send(Buffer.from("{}"));
      assert.equal((await binary.ended).code, 1003);
    });

    it("for a page that gives no sign of life", async () => {
      const short = await startTestBridge({ principals: clients, pingMs: 20 });
      try {
        const socket = new BrowserSocket(short.port, { token: clients.add("page", { role: "viewer" }).token });
        await once(socket.webSocket, "open");
        socket.webSocket.pause();
        await until(() => short.core.clients.size === 0, "the end of the connection");
        socket.close();
      } finally {
        await short.dispose();
      }
    });
  });

  describe("keeps to limits", () => {
    it("counts the requests of a page, but not what answers the bridge", async () => {
      const { token } = clients.add("page", { role: "viewer", limits: { requestsPerMinute: 4 } });
      // The upgrade is the first.
      const socket = await open({ token });
      const { result } = await socket.ask("subscribe", {});
      const eventId = Number(Reflect.get(Object(result), "eventId"));
      assert.equal((await socket.ask("acknowledge", { eventId })).error, undefined);
      assert.equal((await socket.ask("status")).error, undefined);
      for (let batch = 1; batch <= 3; batch++) {
        await bridge.core.dispatcher.submit({ command: "test.echo", args: [`${batch}`] });
        await until(() => socket.messages.filter(({ type }) => type === "events").length >= batch);
        assert.equal((await socket.ask("acknowledge", { eventId: batch })).error, undefined, "expected");
      }
      assert.equal((await socket.ask("status")).error?.code, "RATE_LIMIT_EXCEEDED");
    });

    it("sends one batch of events at a time to a page that does not acknowledge them", async () => {
      const socket = await open({ token: clients.add("page", { role: "viewer" }).token });
      const { result } = await socket.ask("subscribe", {});
      await socket.ask("acknowledge", { eventId: Number(Reflect.get(Object(result), "eventId")) });
      const run = async (text: string): Promise<void> => {
        const { settled } = await bridge.core.dispatcher.submit({ command: "test.echo", args: [text] });
        await settled;
      };
      await run("a");
      await socket.waitFor(({ type }) => type === "events");
      for (const text of ["b", "c", "d"]) await run(text);
      await socket.ask("status");
      assert.equal(socket.messages.filter(({ type }) => type === "events").length, 1);
    });
  });
});
