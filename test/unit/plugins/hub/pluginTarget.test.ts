import assert from "node:assert/strict";
import type { BusParticipant } from "../../../../src/plugins/bus/participant.ts";
import { RpcError } from "../../../../src/plugins/rpc/rpcError.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import type { FakeDirectory } from "../../../support/plugins/fakeDirectory.ts";
import { type OwnPluginsBridge, startOwnPluginsBridge } from "../../../support/plugins/ownPluginsBridge.ts";
import type { TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const methods = [
  "get_status",
  "users.list",
  { name: "hold", concurrency: 2 },
  { name: "short", timeoutMs: 20 },
  {
    name: "create_endpoint",
    description: "Create an endpoint",
    params: { type: "object", required: ["path"], properties: { path: { type: "string" } } },
  },
];

describe("A method of a plugin as a command", () => {
  let world: OwnPluginsBridge;
  let directory: FakeDirectory;
  let plugin: BusParticipant;
  let server: RpcServer;
  let bridge: TestBridge;

  beforeEach(async () => {
    world = await startOwnPluginsBridge("plugin.backend.denied");
    ({ bridge, directory } = world);
    directory.add("backend", { communication: { rpc: { methods } } });
    plugin = world.join("backend");
    server = new RpcServer(plugin, "plugin://backend/rpc");
  });

  afterEach(() => world.dispose());

  it("gets the first of `params` as its parameters, and returns its bare result", async () => {
    server.register("create_endpoint", ({ path }) => ({ filePath: `/routes${path}.py` }));
    const { status, json } = await bridge.execute({
      command: "plugin.backend.create_endpoint",
      params: [{ path: "/users" }],
    });
    assert.deepEqual([status, json["success"], json["result"]], [200, true, { filePath: "/routes/users.py" }]);
    assert.equal(json["output"], '{"filePath":"/routes/users.py"}');
    const record = (await bridge.call(`/api/kiro/executions/${String(json["executionId"])}`)).json;
    assert.deepEqual([record["target"], record["command"]], ["plugin", "plugin.backend.create_endpoint"]);
  });

  it("gets `args` as an object, and an empty object for nothing", async () => {
    server.register("get_status", (params) => params);
    const withArgs = await bridge.execute({ command: "plugin.backend.get_status", args: ["a", "b"] });
    assert.deepEqual(withArgs.json["result"], { args: ["a", "b"] });
    assert.deepEqual((await bridge.execute({ command: "plugin.backend.get_status" })).json["result"], {});
  });

  it("gets the traceparent of the request", async () => {
    const traces: unknown[] = [];
    server.register("get_status", (_params, { traceparent }) => traces.push(traceparent));
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await bridge.execute({ command: "plugin.backend.get_status" }, { traceparent });
    await bridge.execute({ command: "plugin.backend.get_status" });
    assert.deepEqual(traces, [traceparent, undefined]);
  });

  it("may have dots in its name", async () => {
    server.register("users.list", () => "all");
    assert.equal((await bridge.execute({ command: "plugin.backend.users.list" })).json["output"], "all");
  });

  it("has no output if it returns nothing", async () => {
    server.register("get_status", () => undefined);
    const { json } = await bridge.execute({ command: "plugin.backend.get_status" });
    assert.deepEqual([json["output"], json["result"]], ["", { $type: "Undefined" }]);
  });

  it("is listed, and found by its description", async () => {
    const { commands } = (await bridge.call("/api/kiro/commands?query=endpoint")).json as { commands: object[] };
    assert.deepEqual(commands, [
      { id: "plugin.backend.create_endpoint", title: "Create an endpoint", source: "backend", allowed: true },
    ]);
    directory.remove("backend");
    assert.deepEqual((await bridge.call("/api/kiro/commands?query=endpoint")).json["commands"], []);
  });

  it("rejects parameters that the schema of its manifest does not allow, before the plugin sees them", async () => {
    let calls = 0;
    server.register("create_endpoint", () => ++calls);
    const { status, json } = await bridge.execute({ command: "plugin.backend.create_endpoint", params: [{ path: 5 }] });
    assert.deepEqual([status, json["code"], calls], [400, "VALIDATION_FAILED", 0]);
    assert.match(String(json["message"]), /path/);
  });

  it("rejects more than one object of parameters", async () => {
    const { status } = await bridge.execute({ command: "plugin.backend.get_status", params: [{}, {}] });
    assert.equal(status, 400);
  });

  it("fails with the error of its handler", async () => {
    server.register("get_status", () => {
      throw new RpcError("QUOTA", "No more today.", { left: 0 });
    });
    const { status, json } = await bridge.execute({ command: "plugin.backend.get_status" });
    assert.deepEqual([status, json["success"], json["code"]], [200, false, "COMMAND_EXECUTION_FAILED"]);
    assert.deepEqual(
      [json["error"], json["result"]],
      ["No more today.", { code: "QUOTA", message: "No more today.", data: { left: 0 } }],
    );
  });

  it("keeps a code of the bridge that its handler has chosen apart from errors of the bridge", async () => {
    server.register("get_status", () => {
      throw new BridgeError("AUTHENTICATION_FAILED", "The database wants a password.");
    });
    const { status, json } = await bridge.execute({ command: "plugin.backend.get_status" });
    assert.deepEqual([status, json["code"]], [200, "COMMAND_EXECUTION_FAILED"]);
  });

  it("is an error 404 if the plugin does not know it", async () => {
    const { status, json } = await bridge.execute({ command: "plugin.backend.get_status" });
    assert.deepEqual([status, json["message"]], [404, "Unknown RPC method: get_status"]);
  });

  it("is an error 404 if the plugin is not running", async () => {
    server.dispose();
    const { status, json } = await bridge.execute({ command: "plugin.backend.get_status" });
    assert.deepEqual([status, (json["context"] as Record<string, unknown>)["reason"]], [404, "no-responder"]);
  });

  it("is an error 503 with a cause of its own if the plugin ends during the call", async () => {
    const started = Promise.withResolvers<void>();
    server.register("get_status", async () => {
      started.resolve();
      await new Promise(() => undefined);
    });
    const answer = bridge.execute({ command: "plugin.backend.get_status" });
    await started.promise;
    await plugin.dispose();
    const { status, json } = await answer;
    assert.deepEqual([status, json["code"], json["cause"]], [503, "KIRO_UNAVAILABLE", "plugin-gone"]);
  });

  it("of an unknown plugin is left to the editor, unless the request names the target", async () => {
    bridge.editor.register("plugin.other.run", () => "of the editor");
    assert.equal((await bridge.execute({ command: "plugin.other.run" })).json["output"], "of the editor");
    const named = { command: "plugin.other.run", target: "plugin" };
    const { status, json } = await bridge.execute(named);
    assert.equal(status, 404);
    assert.match(String(json["message"]), /There is no plugin 'other'/);
    new RpcServer(world.join("other"), "plugin://other/rpc").register("run", () => "of a program");
    assert.equal((await bridge.execute(named)).json["output"], "of a program");
    assert.equal((await bridge.execute({ command: "other", target: "plugin" })).status, 400);
  });

  it("is a 408 after its timeout in the manifest, and after the one of the request", async () => {
    const never = new Promise(() => undefined);
    server.register("short", async () => await never);
    server.register("get_status", async () => await never);
    assert.equal((await bridge.execute({ command: "plugin.backend.short" })).status, 408);
    const { status, json } = await bridge.execute({ command: "plugin.backend.get_status", timeoutMs: 20 });
    assert.deepEqual([status, json["code"]], [408, "OPERATION_TIMEOUT"]);
  });

  it("is denied by the patterns of the settings", async () => {
    server.register("denied", () => 1);
    const { status, json } = await bridge.execute({ command: "plugin.backend.denied" });
    assert.deepEqual([status, json["code"]], [403, "ACCESS_DENIED"]);
  });

  it("shows its progress live, apart from its output", async () => {
    const seen: unknown[] = [];
    bridge.core.events.onDidAppend((event) => {
      if (event.type === "command-output") seen.push([event.stream, event.output]);
    });
    server.register("get_status", async (_, { progress }) => {
      await progress("step 1");
      await progress({ done: 2 });
      return "ready";
    });
    const { json } = await bridge.execute({ command: "plugin.backend.get_status" });
    assert.equal(json["output"], "ready");
    await until(() => seen.length > 0);
    assert.equal(seen.map((item) => (item as string[])[1]).join(""), 'step 1\n{"done":2}\n');
    assert.deepEqual([...new Set(seen.map((item) => (item as string[])[0]))], ["stderr"]);
  });

  it("is cancelled while it runs, which aborts the signal of its handler", async () => {
    let signal: AbortSignal | undefined;
    server.register("get_status", async (_, context) => {
      signal = context.signal;
      await new Promise(() => undefined);
    });
    const answer = bridge.execute({ command: "plugin.backend.get_status" });
    await until(() => signal !== undefined);
    const [execution] = bridge.core.executions.active;
    const cancelled = await bridge.call(`/api/kiro/executions/${execution?.id}/cancel`, { body: {} });
    assert.deepEqual(cancelled.json, { status: "cancelled", how: "cooperative" });
    assert.equal((await answer).json["status"], "cancelled");
    assert.ok(signal?.aborted);
  });

  it("runs as often at once as its manifest allows, and waits in its own lane", async () => {
    const running: (() => void)[] = [];
    server.register("hold", async () => await new Promise<void>((resolve) => running.push(resolve)));
    server.register("get_status", () => "free");
    const answers = [1, 2, 3].map(() => bridge.execute({ command: "plugin.backend.hold" }));
    await until(() => running.length === 2);
    assert.equal((await bridge.execute({ command: "plugin.backend.get_status" })).json["output"], "free");
    assert.equal(running.length, 2);
    for (let n = 0; n < 3; n++) {
      await until(() => running.length > 0);
      running.shift()?.();
    }
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [200, 200, 200],
    );
  });

  it("counts in the metrics of its target, and in the records of its plugin", async () => {
    server.register("get_status", () => {
      throw new Error("broken");
    });
    await bridge.execute({ command: "plugin.backend.get_status" });
    assert.match((await bridge.call("/metrics")).text, /target="plugin"/);
    const { calls, failures, errorRate } = world.plugins.records.get("backend") ?? {};
    assert.deepEqual([calls, failures, errorRate], [1, 1, 1]);
  });
});
