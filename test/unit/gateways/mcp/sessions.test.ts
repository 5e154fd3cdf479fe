import assert from "node:assert/strict";
import { callPort } from "../../../support/httpClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { type McpRig, startMcpRig, untilCancelled, versions } from "./mcpRig.ts";

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};
const listing = { jsonrpc: "2.0", id: 2, method: "tools/list" };
const accepts = { Accept: "application/json, text/event-stream" };

describe("MCP sessions and requests", () => {
  let rig: McpRig;
  let isEnabled: boolean;

  beforeEach(async () => {
    isEnabled = true;
    rig = await startMcpRig({
      commands: { "test.now": () => "now" },
      settings: () => (name: string) => (name === "gateways.mcp.enabled" ? isEnabled : undefined),
    });
  });

  afterEach(() => rig.store.dispose());

  const post = (body: object, headers: object = {}, principal = rig.principal("raw", { role: "operator" })) =>
    callPort(rig.bridge.port, "/mcp", {
      body,
      headers: { ...rig.addressFor(principal).headers, ...accepts, ...headers },
    });

  it("are only for programs with a token, as a bearer", async () => {
    for (const headers of [{}, { "x-api-key": rig.principal("key").token }, { Authorization: "Bearer wrong" }]) {
      const { status } = await callPort(rig.bridge.port, "/mcp", {
        body: listing,
        headers: { ...accepts, ...headers },
      });
      assert.equal(status, 401);
    }
  });

  it("are not for web pages", async () => {
    assert.equal((await post(listing, { Origin: "https://example.com" })).status, 403);
    assert.equal((await post(listing, { Host: "example.com" })).status, 403);
  });

  it("belong to one principal: to another one, their IDs mean nothing", async () => {
    const first = await rig.session(rig.principal("first", { role: "operator" }));
    const headers = { "Mcp-Session-Id": first.sessionId };
    for (const method of ["POST", "GET", "DELETE"]) {
      const { status } = await callPort(rig.bridge.port, "/mcp", {
        method,
        ...(method === "POST" && { body: listing }),
        headers: { ...rig.addressFor(rig.principal("second")).headers, ...accepts, ...headers },
      });
      assert.equal(status, 404, method);
    }
    assert.equal((await first.listTools()).tools.length, 12);
  });

  it("begin with initialize, and end with DELETE", async () => {
    assert.equal((await post(listing)).status, 400);
    const began = await post(initialize);
    const headers = { "Mcp-Session-Id": String(began.headers["mcp-session-id"]) };
    const principal = rig.principal("raw", { role: "operator" });
    assert.equal((await post(listing, headers)).status, 200);
    const ended = await callPort(rig.bridge.port, "/mcp", {
      method: "DELETE",
      headers: { ...rig.addressFor(principal).headers, ...headers },
    });
    assert.equal(ended.status, 200);
    assert.equal((await post(listing, headers)).status, 404);
  });

  it("refuse versions that the bridge does not have", async () => {
    const { headers } = await post(initialize);
    const session = { "Mcp-Session-Id": String(headers["mcp-session-id"]) };
    assert.equal((await post(listing, { ...session, "MCP-Protocol-Version": "2019-01-01" })).status, 400);
    const modern = {
      ...listing,
      params: {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2030-01-01",
          "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    };
    const future = await post(modern, { "MCP-Protocol-Version": "2030-01-01", "Mcp-Method": "tools/list" });
    assert.equal(future.status, 400);
    assert.match(future.text, /-32022/);
    // Headers that say something else than the body.
    modern.params._meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    const wrong = await post(modern, { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call" });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /-32020/);
  });

  it("have neither a stream nor an end without a session", async () => {
    const { headers } = rig.addressFor();
    for (const method of ["GET", "DELETE"]) {
      const { status } = await callPort(rig.bridge.port, "/mcp", { method, headers: { ...headers, ...accepts } });
      assert.equal(status, 405, method);
    }
  });

  it("have one stream of GET at a time", async () => {
    const { headers } = await post(initialize);
    const session = { "Mcp-Session-Id": String(headers["mcp-session-id"]) };
    const given = { ...rig.addressFor(rig.principal("raw", { role: "operator" })).headers, ...session };
    const first = rig.bridge.connect();
    const lines = Object.entries({ Host: `127.0.0.1:${rig.bridge.port}`, ...given, ...accepts });
    first.write(`GET /mcp HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    await first.receives(/text\/event-stream/);
    const again = await callPort(rig.bridge.port, "/mcp", { headers: { ...given, ...accepts } });
    assert.equal(again.status, 409);
    first.close();
  });

  it("accept both types of responses, or none is sent", async () => {
    const { headers } = await post(initialize);
    const session = { "Mcp-Session-Id": String(headers["mcp-session-id"]) };
    assert.equal((await post(listing, { ...session, Accept: "text/html" })).status, 406);
    const given = { ...rig.addressFor(rig.principal("raw", { role: "operator" })).headers, ...session };
    const read = await callPort(rig.bridge.port, "/mcp", { headers: { ...given, Accept: "application/json" } });
    assert.equal(read.status, 406);
  });

  it("refuse arguments that are nested too deeply, and go on", async () => {
    const { headers } = await post(initialize);
    const session = { "Mcp-Session-Id": String(headers["mcp-session-id"]) };
    const depth = 100_000;
    const params = `{"name":"run_command","arguments":{"id":"test.now","params":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
    const deep = await callPort(rig.bridge.port, "/mcp", {
      body: `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":${params}}`,
      headers: {
        ...rig.addressFor(rig.principal("raw", { role: "operator" })).headers,
        ...accepts,
        ...session,
        "Content-Type": "application/json",
      },
    });
    assert.match(deep.text, /error/i);
    assert.equal(rig.bridge.core.executions.all.size, 0);
    assert.equal((await post(listing, session)).status, 200);
  });

  it("receive notifications without a result", async () => {
    const { headers } = await post(initialize);
    const session = { "Mcp-Session-Id": String(headers["mcp-session-id"]) };
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 99 } };
    assert.equal((await post(cancelled, session)).status, 202);
  });

  it("end half an hour after the last request", async () => {
    const clock = new TestClock();
    rig.store.defer(() => clock.release());
    const { headers } = await post(initialize);
    const session = { "Mcp-Session-Id": String(headers["mcp-session-id"]) };
    clock.pass(29 * 60_000);
    assert.equal((await post(listing, session)).status, 200);
    clock.pass(29 * 60_000);
    assert.equal((await post(listing, session)).status, 200);
    clock.pass(30 * 60_000);
    assert.equal((await post(listing, session)).status, 404);
  });

  it("end when the access of their principal ends, with what they run", async () => {
    rig.agent.turn = (_task, context) => untilCancelled(context);
    const principal = rig.principal("leaving", { role: "operator" });
    const session = await rig.session(principal);
    const calling = session.call("ask_agent", { prompt: "Hello" });
    calling.catch(() => undefined);
    await until(() => rig.bridge.core.executions.active.size === 1);
    const [execution] = rig.bridge.core.executions.active;
    rig.principals.end(principal);
    await execution?.settled;
    assert.equal(execution?.status, "cancelled");
    await until(() => rig.bridge.core.clients.size === 0);
  });

  it("end with the access of their principal also without a session, and give no result to it", async () => {
    const clock = new TestClock();
    rig.store.defer(() => clock.release());
    rig.agent.turn = (_task, context) => untilCancelled(context);
    const principal = rig.principal("leaving", { role: "operator" });
    const calling = (await rig.modern(principal)).call("ask_agent", { prompt: "Hello" });
    await until(() => rig.bridge.core.executions.active.size === 1);
    const [execution] = rig.bridge.core.executions.active;
    rig.principals.end(principal);
    clock.pass(5000);
    assert.equal((await calling).isError, true);
    await execution?.settled;
    assert.equal(execution?.status, "cancelled");
  });

  it("end when the user switches the gateway off, with what they run", async () => {
    rig.agent.turn = (_task, context) => untilCancelled(context);
    const clients = [await rig.session(), await rig.modern()];
    const calls = clients.map((client) => client.call("ask_agent", { prompt: "Hello" }));
    for (const call of calls) call.catch(() => undefined);
    await until(() => rig.bridge.core.executions.active.size === 2);
    isEnabled = false;
    rig.bridge.applySettings();
    await until(() => rig.bridge.core.executions.active.size === 0 && rig.bridge.core.clients.size === 0);
    // Otherwise they wait for another connection.
    await Promise.all(clients.map((client) => client.close()));
    await Promise.allSettled(calls);
  });

  it("end when the token is replaced", async () => {
    const session = await rig.session();
    await until(() => rig.bridge.core.clients.size >= 1);
    rig.bridge.server.rotateToken("another-token-0123456789-abcdefghijklmnopq");
    await until(() => rig.bridge.core.clients.size === 0);
    await assert.rejects(session.listTools());
  });

  it("are at most 64 for each principal: a new one ends the least recently used", async () => {
    const { headers } = rig.addressFor();
    const sessions: string[] = [];
    for (let count = 0; count < 65; count++)
      sessions.push(String((await post(initialize, headers)).headers["mcp-session-id"]));
    assert.equal((await post(listing, { ...headers, "Mcp-Session-Id": sessions[0] })).status, 404);
    assert.equal((await post(listing, { ...headers, "Mcp-Session-Id": sessions[1] })).status, 200);
  });

  it("make room for other connections of their principal, as long as nothing runs in them", async () => {
    const principal = rig.principal("small", { role: "operator", limits: { connections: 2 } });
    const sessions: string[] = [];
    for (let count = 0; count < 3; count++)
      sessions.push(String((await post(initialize, {}, principal)).headers["mcp-session-id"]));
    const statusOf = async (at: number) => (await post(listing, { "Mcp-Session-Id": sessions[at] }, principal)).status;
    assert.deepEqual([await statusOf(0), await statusOf(1), await statusOf(2)], [404, 200, 200]);
    const { client } = await rig.modern(principal);
    const subscription = await client.listen({ toolsListChanged: true });
    assert.deepEqual([await statusOf(1), await statusOf(2)], [404, 200]);
    await subscription.close();
  });

  it("end with the bridge, which leaves nothing open", async () => {
    rig.agent.turn = (_task, context) => untilCancelled(context);
    const session = await rig.session();
    const modern = await rig.modern();
    const calls = [session, modern].map((client) => client.call("ask_agent", { prompt: "Hello" }));
    for (const call of calls) call.catch(() => undefined);
    await until(() => rig.bridge.core.executions.active.size === 2);
    await rig.bridge.dispose();
    assert.equal(rig.bridge.core.clients.size, 0);
    // Otherwise they wait for another connection.
    await Promise.all([session.close(), modern.close()]);
    await Promise.allSettled(calls);
  });

  for (const version of versions) {
    it(`answer or refuse each of many calls at once, of version ${version}`, async () => {
      const client = await rig.connect(version);
      const results = await Promise.allSettled(
        Array.from({ length: 400 }, () => client.call("run_command", { id: "test.now" })),
      );
      const answered = results.filter(({ status }) => status === "fulfilled").length;
      assert.ok(answered >= 256, String(answered));
      for (const result of results)
        if (result.status === "rejected")
          assert.match(String(result.reason), /256 MCP requests of this client are in progress/);
      assert.equal((await client.call("run_command", { id: "test.now" })).isError, undefined);
    });
  }
});
