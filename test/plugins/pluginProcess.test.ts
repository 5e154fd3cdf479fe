import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installExample, installSdk } from "../support/plugins/examplePlugin.ts";
import { PluginBridge, writePlugin } from "../support/plugins/pluginBridge.ts";
import { callPort } from "../support/httpClient.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../support/until.ts";

const worker = `import { getMessageBus, RPCServer } from "kiro-bridge/plugin";
console.log(JSON.stringify({ pid: process.pid, token: process.env.KIRO_BRIDGE_PLUGIN_TOKEN }));
const bus = getMessageBus("worker");
new RPCServer("plugin://worker/rpc").register("pid", () => process.pid);
await bus.publish({ topic: "plugin/worker/status", payload: { status: "ready" } });
`;

describe("A plugin that a bridge starts", () => {
  let discovery: string;
  let bridge: PluginBridge;

  beforeEach(async () => {
    discovery = await temporaryFolder();
    await installSdk(discovery);
    await writePlugin(join(discovery, "plugins", "worker"), { name: "worker" }, worker);
    bridge = await PluginBridge.start({ discovery, windowId: "window-1" });
  });

  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(discovery);
  });

  const starts = () =>
    bridge.plugins.host
      .output("worker")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { readonly pid: number; readonly token: string });

  it("takes part in the bus under its name, and again after kill -9, with another token", async () => {
    const { bus } = await bridge.bridge.core.pluginBus.load();
    const editor = bus.attach("tester");
    const seen: string[] = [];
    editor.subscribe("plugin/*/status", ({ message }) => void seen.push(`${message.source} ${message.payload.status}`));
    const pid = async (): Promise<unknown> => {
      const request = { topic: "plugin/worker/rpc", destination: "worker", payload: { method: "pid", params: {} } };
      return (await editor.request(request).catch(() => undefined))?.result;
    };
    await until(async () => starts().length === 1 && (await pid()) === starts()[0]?.pid, "the first process");
    const [first] = starts();
    assert.ok(first !== undefined && first.pid > 1);
    process.kill(first.pid, "SIGKILL");
    await until(async () => starts().length === 2 && (await pid()) === starts()[1]?.pid, "the second process");
    await until(() => seen.includes("worker ready"), "its announcement");
    const statusOf = async (token = "") =>
      (
        await callPort(bridge.bridge.address.port, "/api/kiro/access/me", {
          headers: { Authorization: `Bearer ${token}` },
        })
      ).status;
    assert.equal(await statusOf(first.token), 401);
    assert.equal(await statusOf(starts()[1]?.token), 200);
    await editor.dispose();
  });

  it("is listed for programs, has its token masked in the log, and loses its access with the window", async () => {
    await bridge.reaches("worker", "running");
    await until(() => starts().length === 1, "its output");
    const { bus } = await bridge.bridge.core.pluginBus.load();
    const { plugins } = await bus.attach("tester").request({ topic: "plugins/list" });
    assert.deepEqual(
      plugins.map(({ name, state, origin }: Record<string, unknown>) => [name, state, origin]),
      [["worker", "running", "user"]],
    );
    const { token } = starts()[0] ?? {};
    assert.ok(token !== undefined && bridge.log.some((line) => line.includes("Output of a plugin")));
    assert.ok(!bridge.log.join("\n").includes(token));
    await bridge.dispose();
    const next = await PluginBridge.start({ discovery, windowId: "window-2", settings: { "plugins.enabled": true } });
    const old = await callPort(next.bridge.address.port, "/api/kiro/access/me", {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(old.status, 401);
    bridge = next;
  });
});

describe("The plugin of the original guide", () => {
  it("is started by its manifest, asks for what it declares, and is called as a command", async () => {
    const discovery = await temporaryFolder();
    const example = await installExample("fastapi-backend");
    const settings = { "plugins.folders": [example.folder] };
    // Its manifest names what its build writes.
    await mkdir(join(example.folder, "dist"), { recursive: true });
    const main = JSON.stringify(example.compiled("lib/fastapi-backend-plugin.ts"));
    const start = `const { FastAPIBackendPlugin } = require(${main}); void new FastAPIBackendPlugin().start();`;
    await writeFile(join(example.folder, "dist", "fastapi-backend-plugin.js"), start);
    const bridge = await PluginBridge.start({ discovery, windowId: "window-1", settings });
    try {
      await bridge.reaches("fastapi-backend", "running");
      assert.deepEqual(
        bridge.asked.map(({ name, methods }) => [name, methods]),
        [["fastapi-backend", ["create_endpoint", "get_status", "health_check"]]],
      );
      const { bus } = await bridge.bridge.core.pluginBus.load();
      const ready = Promise.withResolvers<string>();
      bus.attach("tester").subscribe("plugin/fastapi-backend/status", ({ message }) => {
        ready.resolve(message.payload.status);
      });
      // Started again, so that its announcement comes after the subscription.
      await bridge.plugins.host.stop("fastapi-backend");
      await bridge.plugins.host.start("fastapi-backend");
      assert.equal(await ready.promise, "ready");
      const params = [{ path: "/api/users", method: "POST", database: "mongodb" }];
      const { json } = await bridge.execute({ command: "plugin.fastapi-backend.create_endpoint", params });
      assert.equal(json["status"], "completed", JSON.stringify(json));
      assert.match(JSON.stringify(json["result"]), /_api_users.*fastapi/);
    } finally {
      await bridge.dispose();
      await example.dispose();
      await removeFolder(discovery);
    }
  });
});
