import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import type { LentResult, LentServer, LentServerOptions } from "../../../../src/gateways/turns/lending.ts";
import {
  connectModern,
  connectSession,
  type McpClient,
  mcpClients,
  type McpServerAddress,
} from "../../../support/gateways/mcpClients.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { startLinkedBridges } from "../../../support/windows/linkedBridges.ts";

const tools = [
  {
    name: "read_file",
    description: "Reads a file.",
    parameters: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  },
  { name: "now", description: "Tells the time.", parameters: {} },
];

/** A client whose answers the test gives. */
class FakeClient {
  readonly calls: { readonly name: string; readonly args: object; readonly signal: AbortSignal }[] = [];
  readonly #answers: PromiseWithResolvers<LentResult>[] = [];

  readonly call: LentServerOptions["call"] = (name, args, signal) => {
    const answer = Promise.withResolvers<LentResult>();
    this.calls.push({ name, args, signal });
    this.#answers.push(answer);
    return answer.promise;
  };

  answer(index: number, text: string, isError = false): void {
    this.#answers[index]?.resolve({ content: [{ type: "text", text }], isError });
  }
}

describe("The tools of a client, lent to an agent", () => {
  let bridge: TestBridge;
  let lender: FakeClient;
  let lent: LentServer;
  let store: DisposableStore;

  beforeEach(async () => {
    store = new DisposableStore();
    bridge = store.add(await startTestBridge());
    lender = new FakeClient();
    lent = await bridge.core.gateways.lentServers.open({ tools, call: lender.call });
  });

  afterEach(() => store.dispose());

  async function connected(
    connect: (address: McpServerAddress) => Promise<McpClient>,
    address: McpServerAddress = lent,
  ): Promise<McpClient> {
    const client = await connect(address);
    store.defer(() => client.close());
    return client;
  }

  for (const [version, connect] of Object.entries(mcpClients)) {
    describe(`to one that speaks ${version}`, () => {
      it("have their names, descriptions and schemas", async () => {
        const client = await connected(connect);
        const { tools: listed } = await client.listTools();
        assert.deepEqual(
          listed.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
          [
            { name: "read_file", description: "Reads a file.", inputSchema: tools[0]?.parameters },
            { name: "now", description: "Tells the time.", inputSchema: { type: "object" } },
          ],
        );
      });

      it("bring the result of the client to the call", async () => {
        const client = await connected(connect);
        const called = client.call("read_file", { path: "a.txt" });
        await until(() => lender.calls.length === 1);
        assert.deepEqual(lender.calls[0]?.args, { path: "a.txt" });
        lender.answer(0, "content of a.txt");
        assert.deepEqual((await called).content, [{ type: "text", text: "content of a.txt" }]);
      });

      it("keep several calls apart, whichever is answered first", async () => {
        const client = await connected(connect);
        const first = client.call("read_file", { path: "1" });
        await until(() => lender.calls.length === 1);
        const second = client.call("now", {});
        await until(() => lender.calls.length === 2);
        lender.answer(1, "noon");
        assert.deepEqual((await second).content, [{ type: "text", text: "noon" }]);
        lender.answer(0, "one", true);
        const failed = await first;
        assert.deepEqual([failed.content, failed.isError], [[{ type: "text", text: "one" }], true]);
      });

      it("cancel the call when the agent does", async () => {
        const client = await connected(connect);
        const stop = new AbortController();
        const called = client.call("now", {}, { signal: stop.signal });
        const failing = assert.rejects(called);
        await until(() => lender.calls.length === 1);
        stop.abort();
        await failing;
        await until(() => lender.calls[0]?.signal.aborted === true);
      });

      it("refuse a tool that was not lent", async () => {
        const client = await connected(connect);
        await assert.rejects(client.call("rm", {}), /There is no tool "rm"/);
        assert.equal(lender.calls.length, 0);
      });

      it("end with the session", async () => {
        const client = await connected(connect);
        const called = client.call("now", {});
        const failing = assert.rejects(called);
        await until(() => lender.calls.length === 1);
        await lent.dispose();
        await until(() => lender.calls[0]?.signal.aborted === true);
        await client.close();
        await failing;
        const { status } = await callPort(bridge.port, pathOf(lent), { headers: { ...lent.headers }, body: {} });
        assert.equal(status, 404);
      });
    });
  }

  it("report progress every 5 s while the client works, to an agent that wants it", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    for (const connect of Object.values(mcpClients)) {
      const client = await connected(connect);
      const seen: number[] = [];
      const at = lender.calls.length;
      const called = client.call("now", {}, { onprogress: ({ progress }) => seen.push(progress) });
      await until(() => lender.calls.length === at + 1);
      clock.pass(4999);
      assert.deepEqual(seen, []);
      clock.pass(1);
      await until(() => seen.length === 1);
      clock.pass(5000);
      await until(() => seen.length === 2);
      assert.deepEqual(seen, [1, 2]);
      lender.answer(at, "noon");
      await called;
    }
  });

  it("cancel the call when the connection of an agent with a session closes", async () => {
    const client = await connectSession(lent);
    store.defer(() => client.close());
    const connection = bridge.connect();
    const body = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "now" } });
    const headers = {
      Host: `127.0.0.1:${bridge.port}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "Content-Length": String(body.length),
      "Mcp-Session-Id": client.sessionId,
      ...lent.headers,
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    connection.write(`POST ${pathOf(lent)} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
    await until(() => lender.calls.length === 1);
    connection.close();
    await until(() => lender.calls[0]?.signal.aborted === true);
  });

  it("are at no other path, and open with no other token", async () => {
    const other = await bridge.core.gateways.lentServers.open({ tools, call: lender.call });
    const listing = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const call = async (path: string, headers: object) =>
      (await callPort(bridge.port, path, { headers: { ...headers }, body: listing })).status;
    assert.equal(await call(pathOf(lent), {}), 404);
    assert.equal(await call(pathOf(lent), other.headers), 404);
    assert.equal(await call(`${pathOf(lent)}0`, lent.headers), 404);
    assert.equal(await call(pathOf(lent).replace("/mcp/lent/", "/mcp/lent/not-a-window"), lent.headers), 404);
    assert.equal(
      await call(pathOf(lent), { Authorization: "Bearer test-token-0123456789-abcdefghijklmnopqrstuv" }),
      404,
    );
  });

  it("refuse a body that is too large before they look for its window", async () => {
    const headers = { "Content-Length": String(11 * 1024 * 1024), "Content-Type": "application/json" };
    const connection = bridge.connect();
    const head = Object.entries({ Host: `127.0.0.1:${bridge.port}`, ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    connection.write(`POST /mcp/lent/another-window/1 HTTP/1.1\r\n${head.join("")}\r\n`);
    assert.match(await connection.receives(/\r\n\r\n/), /^HTTP\/1\.1 413/);
    connection.close();
  });

  it("are not for web pages", async () => {
    const headers = { ...lent.headers, Origin: "https://example.com" };
    const { status } = await callPort(bridge.port, pathOf(lent), { headers, body: {} });
    assert.equal(status, 403);
  });

  it("refuse more calls at once than an agent has use for", async () => {
    const client = await connected(connectModern);
    const called = Array.from({ length: 64 }, () => client.call("now", {}));
    await until(() => lender.calls.length === 64);
    const refused = await client.call("now", {});
    assert.equal(refused.isError, true);
    for (const index of called.keys()) lender.answer(index, "noon");
    await Promise.all(called);
  });

  it("are reached through the window that has the address", async () => {
    const bridges = await startLinkedBridges();
    store.add(bridges);
    const { owner, member, link } = bridges;
    const there = await member.core.gateways.lentServers.open({ tools, call: lender.call });
    store.add(there);
    const address = { url: `http://127.0.0.1:${owner.port}${pathOf(there)}`, headers: there.headers };
    for (const connect of Object.values(mcpClients)) {
      const client = await connected(connect, address);
      const at = lender.calls.length;
      const called = client.call("now", {});
      await until(() => lender.calls.length === at + 1);
      lender.answer(at, "noon");
      assert.deepEqual((await called).content, [{ type: "text", text: "noon" }]);
    }
    assert.ok(link.accepted.size > 0);
  });
});

function pathOf({ url }: LentServer): string {
  return new URL(url).pathname;
}
