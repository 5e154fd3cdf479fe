import assert from "node:assert/strict";
import type { BusParticipant } from "../../../../src/plugins/bus/participant.ts";
import { CallRecords } from "../../../../src/plugins/hub/callRecords.ts";
import { PluginRouter } from "../../../../src/plugins/hub/pluginRouter.ts";
import { senderChecked } from "../../../../src/plugins/hub/routeTarget.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { Inbox } from "../../../support/plugins/busUnderTest.ts";
import type { FakeDirectory } from "../../../support/plugins/fakeDirectory.ts";
import { type OwnPluginsBridge, startOwnPluginsBridge } from "../../../support/plugins/ownPluginsBridge.ts";
import type { TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

interface RouteResult {
  readonly plugin: string;
  readonly result: unknown;
  readonly decision: { readonly primaryPlugin: string; readonly fallbackPlugins: string[] };
  readonly attempts: { readonly plugin: string; readonly status: string; readonly code?: string }[];
}

describe("A request that is routed to a plugin", () => {
  let world: OwnPluginsBridge;
  let directory: FakeDirectory;
  let bridge: TestBridge;
  let listener: BusParticipant;

  beforeEach(async () => {
    world = await startOwnPluginsBridge("plugin.secret.*");
    ({ bridge, directory } = world);
    listener = world.join("listener");
  });

  afterEach(() => world.dispose());

  /** Adds a plugin for tenants, which serves its method if there is a handler. */
  function add(name: string, priority: number, handler?: (params: Record<string, unknown>) => unknown): void {
    directory.add(name, { routing: { keywords: ["tenant"], priority } });
    if (handler !== undefined)
      new RpcServer(world.join(name), `plugin://${name}/rpc`).register("execute_command", handler);
  }

  async function run(
    body: object = {},
  ): Promise<{ status: number; json: Record<string, unknown>; result: RouteResult }> {
    const { status, json } = await bridge.execute({ command: "Create a tenant", target: "route", ...body });
    return { status, json, result: json["result"] as RouteResult };
  }

  it("runs the method execute_command of the best plugin, and the record shows the decision", async () => {
    add("tenants", 100, ({ command, parameters }) => ({ command, parameters }));
    const { status, json, result } = await run({ params: [{ files: ["a.py"] }] });
    const { command, parameters } = result.result as { command: string; parameters: Record<string, unknown> };
    assert.deepEqual([status, command, parameters["files"]], [200, "Create a tenant", ["a.py"]]);
    assert.deepEqual([result.plugin, result.decision.primaryPlugin], ["tenants", "tenants"]);
    const record = (await bridge.call(`/api/kiro/executions/${String(json["executionId"])}`)).json;
    assert.deepEqual([record["target"], record["command"]], ["route", "plugin.route"]);
    assert.deepEqual(record["result"], json["result"]);
  });

  it("runs by the name of its command as well", async () => {
    add("tenants", 100, () => "done");
    const { json } = await bridge.execute({ command: "plugin.route", params: [{ text: "Create a tenant" }] });
    assert.equal(json["output"], "done");
  });

  it("runs the method that the manifest names", async () => {
    directory.add("tenants", { routing: { keywords: ["tenant"], method: "handle" } });
    new RpcServer(world.join("tenants"), "plugin://tenants/rpc").register("handle", () => "handled");
    assert.equal((await run()).json["output"], "handled");
  });

  it("falls back in order to plugins that can run it, which is recorded and published", async () => {
    add("gone", 300);
    add("other-methods", 200, () => 1);
    add("tenants", 100, () => "done");
    directory.remove("other-methods");
    directory.add("other-methods", { routing: { keywords: ["tenant"], priority: 200, method: "unknown" } });
    const inbox = new Inbox(listener, "routing/fallback");
    const titles: unknown[] = [];
    bridge.core.events.onDidAppend((event) => {
      if (event.type === "tool-call") titles.push([event.title, event.status]);
    });
    const { json, result } = await run();
    assert.equal(json["output"], "done");
    assert.deepEqual(
      result.attempts.map(({ plugin, status, code }) => [plugin, status, code]),
      [
        ["gone", "failed", "NOT_FOUND"],
        ["other-methods", "failed", "NOT_FOUND"],
        ["tenants", "completed", undefined],
      ],
    );
    const fallbacks = (await inbox.wait(2)).map(({ payload }) => [payload.originalPlugin, payload.fallbackPlugin]);
    assert.deepEqual(fallbacks, [
      ["gone", "other-methods"],
      ["other-methods", "tenants"],
    ]);
    await until(() => titles.length === 6);
    assert.deepEqual(titles.at(-1), ["tenants.execute_command (score 25)", "completed"]);
  });

  it("falls back after the timeout of a plugin that does not answer", async () => {
    add("slow", 200, async () => await new Promise(() => undefined));
    add("tenants", 100, () => "done");
    const { result } = await run({ timeoutMs: 2000 });
    assert.deepEqual(
      result.attempts.map(({ code }) => code),
      ["OPERATION_TIMEOUT", undefined],
    );
  });

  it("does not fall back from a method that has run and failed", async () => {
    let calls = 0;
    add("broken", 200, () => {
      throw new Error("no quota");
    });
    add("tenants", 100, () => ++calls);
    const { status, json, result } = await run();
    assert.deepEqual([status, json["success"], json["error"], calls], [200, false, "no quota", 0]);
    assert.equal(result.attempts.length, 1);
  });

  it("fails with every attempt if none of the plugins can run it", async () => {
    add("a", 200);
    add("b", 100);
    const { status, json } = await run();
    assert.equal(status, 404);
    assert.equal((json["context"] as { attempts: unknown[] }).attempts.length, 2);
  });

  it("leaves out plugins whose commands the caller may not run", async () => {
    let calls = 0;
    add("secret", 200, () => ++calls);
    add("tenants", 100, () => "done");
    const { json, result } = await run();
    assert.deepEqual([json["output"], result.decision.fallbackPlugins, calls], ["done", [], 0]);
  });

  it("leaves out plugins that do not run", async () => {
    directory.add("stopped", { routing: { keywords: ["tenant"], priority: 500 } }, { state: "stopped" });
    add("tenants", 100, () => "done");
    assert.deepEqual((await run()).result.decision.fallbackPlugins, []);
  });

  it("ends when it is cancelled, without a fallback", async () => {
    const started = Promise.withResolvers<void>();
    let calls = 0;
    add("slow", 200, async () => {
      started.resolve();
      await new Promise(() => undefined);
    });
    add("tenants", 100, () => ++calls);
    const answer = run();
    await started.promise;
    const [execution] = bridge.core.executions.active;
    await bridge.call(`/api/kiro/executions/${execution?.id}/cancel`, { body: {} });
    assert.deepEqual([(await answer).json["status"], calls], ["cancelled", 0]);
  });

  it("may come from a plugin over the bus, always in its own name", async () => {
    directory.add("sender", { routing: { keywords: ["tenant"], canRouteTo: ["open"] } });
    add("closed", 300);
    add("open", 100);
    const request = { topic: "routing/query", payload: { text: "a tenant", from: "closed" } };
    const decision = await world.join("sender").request(request);
    assert.deepEqual([decision.primaryPlugin, decision.from], ["open", "sender"]);
    const { error } = await world.join("other").request({ topic: "routing/query", payload: { words: 1 } });
    assert.equal(error.code, "VALIDATION_FAILED");
  });

  it("is answered by one of the windows that share the bus", async () => {
    const others = [1, 2].map(() => {
      const bus = world.join("kiro-bridge");
      return new PluginRouter({ directory, bus, records: new CallRecords(), logger: silentLogger });
    });
    add("tenants", 100);
    const inbox = new Inbox(listener, "routing/decision");
    const sender = world.join("sender");
    for (let n = 0; n < 5; n++) await sender.request({ topic: "routing/query", payload: { text: "a tenant" } });
    await sender.publish({ topic: "routing/decision", payload: "end" });
    await until(() => inbox.payloads.includes("end"));
    assert.equal(inbox.messages.length, 6);
    for (const other of others) other.dispose();
  });

  it("cannot be sent by a plugin in the name of another one", () => {
    const plugin = { kind: "plugin", name: "a" } as const;
    assert.equal(senderChecked({ text: "x" }, plugin).from, "a");
    assert.throws(() => senderChecked({ text: "x", from: "b" }, plugin), { code: "ACCESS_DENIED" });
    assert.equal(senderChecked({ text: "x", from: "b" }, { kind: "owner", name: "Owner" }).from, "b");
  });
});
