import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { EditorMessageBus, KiroBridgeExtension } from "../../src/plugins/bus/extensionApi.ts";
import { eventually } from "../support/editor/deadline.ts";
import { activeExtension, bridgeHome, type Discovery, runOwn, waitForBridge } from "./support.ts";

const DEADLINE_MS = 60_000;

describe("Another extension in the editor", () => {
  let api: KiroBridgeExtension;
  let bridge: Discovery;
  const open: EditorMessageBus[] = [];

  before(async () => {
    api = (await activeExtension()).exports as KiroBridgeExtension;
    bridge = await waitForBridge();
  });

  after(() => Promise.all(open.map((bus) => bus.dispose())));

  async function takePart(name: string): Promise<EditorMessageBus> {
    const bus = await api.getMessageBus(name);
    open.push(bus);
    return bus;
  }

  /** The address is published a moment before. */
  const untilOn = () =>
    eventually(async () => (api.isOn ? true : undefined), { what: "the bridge to be on", deadlineMs: DEADLINE_MS });

  /** Publishes as a program does. */
  async function publish(topic: string, payload: unknown): Promise<number> {
    const answer = await fetch(`${bridge.url}/api/kiro/bus`, {
      method: "POST",
      headers: { authorization: `Bearer ${bridge.token}`, "content-type": "application/json" },
      body: JSON.stringify({ op: "publish", message: { topic, payload } }),
    });
    return answer.status;
  }

  it("takes part in the bus with programs, also after a restart of the bridge", async () => {
    assert.equal(api.apiVersion, 1);
    await untilOn();
    const states: boolean[] = [];
    const listening = api.onDidChangeState((isOn) => states.push(isOn));
    const bus = await takePart("test-extension");
    const seen: unknown[] = [];
    bus.subscribe("orders/*", (message) => void seen.push(message.payload));
    const receives = (payload: string) =>
      eventually(
        async () => {
          await publish("orders/new", payload);
          return seen.includes(payload) ? true : undefined;
        },
        { what: `${payload} on the bus`, deadlineMs: DEADLINE_MS },
      );
    await receives("before");
    await runOwn("restart", { force: true });
    bridge = await waitForBridge();
    await receives("after");
    await untilOn();
    assert.deepEqual(states, [false, true]);
    void listening.dispose();
  });

  it("answers the requests of another one", async () => {
    const [server, client] = [await takePart("test-server"), await takePart("test-client")];
    server.subscribe("plugin/test-server/request", async ({ correlationId = "", payload }) => {
      await server.respond(correlationId, { doubled: payload.number * 2 });
    });
    const request = { topic: "plugin/test-server/request", payload: { number: 21 } };
    const response: unknown = await eventually(() => client.request(request).catch(() => undefined), {
      what: "a response",
      deadlineMs: DEADLINE_MS,
    });
    assert.deepEqual(response, { doubled: 42 });
  });

  it("cannot have a name of the bridge", async () => {
    for (const name of ["kiro-bridge", "A", ""])
      await assert.rejects(api.getMessageBus(name), { code: "VALIDATION_FAILED" });
  });

  it("sees the plugins of the user, which wait until the user has approved them", async () => {
    const folder = join(bridgeHome(), "plugins", "host-test");
    await mkdir(join(folder, ".claude-plugin"), { recursive: true });
    try {
      const manifest = { name: "host-test", version: "1.0.0", command: "node", args: ["-e", "process.exit(1)"] };
      await writeFile(join(folder, ".claude-plugin", "plugin.json"), JSON.stringify(manifest));
      const state = await eventually(
        async () => (await api.plugins()).find(({ name }) => name === "host-test")?.state,
        { what: "the plugin in the list", deadlineMs: DEADLINE_MS },
      );
      assert.equal(state, "unapproved");
      const commands = await vscode.commands.getCommands(true);
      for (const command of ["showPlugins", "startPlugin", "stopPlugin", "approvePlugin"])
        assert.ok(commands.includes(`kiroBridge.${command}`), command);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
