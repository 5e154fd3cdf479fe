import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../src/client/client.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

describe("The executions of the SDK", () => {
  let bridge: TestBridge;
  let client: KiroBridgeClient;
  let finish: (value: string) => void;

  beforeEach(async () => {
    const work = Promise.withResolvers<string>();
    finish = work.resolve;
    bridge = await startTestBridge({ commands: { "test.wait": () => work.promise } });
    client = new KiroBridgeClient(`http://127.0.0.1:${bridge.port}`, { token: TEST_TOKEN });
  });
  afterEach(async () => {
    await client.close();
    await bridge.dispose();
  });

  it("are started without a wait, and waited for until they end", async () => {
    const accepted = await client.executeCommand("test.wait", [], { respondAsync: true });
    assert.equal(accepted.success, false);
    const waiting = client.executions.wait(accepted.executionId);
    assert.equal((await client.executions.get(accepted.executionId)).status, "running");
    finish("done");
    const ended = await waiting;
    assert.deepEqual([ended.status, ended.output], ["completed", "done"]);
  });

  it("are listed in pages, one after the other", async () => {
    for (let index = 0; index < 5; index++) await client.executeCommand("test.echo", [String(index)]);
    const page = await client.executions.list({ limit: 2 });
    assert.deepEqual(
      page.executions.map(({ args }) => args[0]),
      ["4", "3"],
    );
    const all: (string | undefined)[] = [];
    for await (const { args } of client.executions.all({ limit: 2 })) all.push(args[0]);
    assert.deepEqual(all, ["4", "3", "2", "1", "0"]);
    assert.equal((await client.executions.list({ search: "no such text" })).executions.length, 0);
    assert.equal((await client.executions.list({ status: "running" })).executions.length, 0);
  });

  it("are cancelled as far as they can be", async () => {
    const { executionId } = await client.executeCommand("test.wait", [], { respondAsync: true });
    const { how, status } = await client.executions.cancel(executionId);
    assert.deepEqual([how, status], ["not-cancellable", "running"]);
    finish("");
    await client.executions.wait(executionId);
  });

  it("have their events from the beginning to the end", async () => {
    const { executionId } = await client.executeCommand("test.wait", [], { respondAsync: true });
    const types: string[] = [];
    for await (const event of client.executions.events(executionId)) {
      types.push(event.type);
      if (event.type === "command-started") finish("done");
    }
    assert.deepEqual(types, ["command-started", "command-completed"]);
  });

  it("stop being waited for when the signal aborts, the deadline passes, or the client is closed", async () => {
    const { executionId } = await client.executeCommand("test.wait", [], { respondAsync: true });
    const reason = new Error("enough");
    const controller = new AbortController();
    const aborted = client.executions.wait(executionId, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    await assert.rejects(client.executions.wait(executionId, { timeoutMs: 20 }), { code: "OPERATION_TIMEOUT" });
    const closed = client.executions.wait(executionId);
    await client.close();
    await assert.rejects(closed, { name: "AbortError" });
    finish("");
  });
});
