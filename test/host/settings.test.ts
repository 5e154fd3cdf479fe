import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually } from "../support/editor/deadline.ts";
import { withSettings } from "./bridgeSettings.ts";
import { type Discovery, execute, runOwn, waitForBridge } from "./support.ts";

const DEADLINE_MS = 60_000;

async function set(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration("kiroBridge").update(key, value, vscode.ConfigurationTarget.Global);
}

describe("Settings that change while a command runs", () => {
  let bridge: Discovery;
  let end = (): void => undefined;
  let running: Promise<unknown>;
  const registered: vscode.Disposable[] = [];

  before(async () => {
    bridge = await waitForBridge();
    registered.push(
      vscode.commands.registerCommand("kiroBridgeTest.settings", () => "ran"),
      vscode.commands.registerCommand("kiroBridgeTest.hold", () => new Promise<void>((resolve) => (end = resolve))),
    );
  });

  beforeEach(() => {
    running = execute(bridge, { command: "kiroBridgeTest.hold" });
  });

  afterEach(async () => {
    end();
    await running.catch(() => undefined);
    for (const key of ["commands.allow", "commands.deny", "auth.mode"]) await set(key, undefined);
  });

  after(() => {
    for (const disposable of registered) disposable.dispose();
  });

  async function status(token: string | undefined): Promise<{ status: number; body: Record<string, unknown> }> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${bridge.url}/api/kiro/status`, { headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** Each life of a bridge has another one, and perhaps another port. */
  async function windowId(): Promise<string | undefined> {
    bridge = await waitForBridge();
    const { status: code, body } = await status(bridge.token);
    assert.equal(code, 200);
    return (body as { windows: { id: string }[] }).windows[0]?.id;
  }

  const isPending = async () => (await status(bridge.token)).body["pendingRestart"];
  const until = (isSo: () => Promise<boolean>, what: string) =>
    eventually(async () => ((await isSo()) ? true : undefined), { what, deadlineMs: DEADLINE_MS });

  it("deny a command immediately", async () => {
    const run = () => execute(bridge, { command: "kiroBridgeTest.settings" });
    assert.equal((await run()).status, 200);
    await set("commands.deny", ["kiroBridgeTest.settings"]);
    await until(async () => (await run()).status === 403, "the command to be denied");
    assert.equal(await isPending(), undefined);
    const { availableCommands } = (await status(bridge.token)).body as { availableCommands: string[] };
    assert.ok(!availableCommands.includes("kiroBridgeTest.settings"));
  });

  it("turn authentication on and off immediately", async () => {
    await set("auth.mode", "none");
    await until(async () => (await status(undefined)).status === 200, "authentication to be off");
    await set("auth.mode", undefined);
    await until(async () => (await status(undefined)).status === 401, "authentication to be on");
    assert.equal((await status(bridge.token)).status, 200);
  });

  it("apply to programs, not to the user of the palette", async () => {
    const request = { command: "kiroBridgeTest.settings" };
    await set("commands.allow", ["editor.action.*"]);
    await until(async () => (await execute(bridge, request)).status === 403, "the command to be denied");
    end();
    await running;
    const mine = await runOwn<{ success: boolean; output: string }>("executeCommand", request);
    assert.deepEqual([mine.success, mine.output], [true, "ran"]);
    assert.equal((await execute(bridge, request)).status, 403);
    assert.equal(await runOwn("executeCommand", { command: "_setContext" }), undefined);
  });

  it("take effect when nothing runs any more, and are pending in the status until then", async () => {
    await set("kiro.maxQueuedCommands", 7);
    await until(async () => (await isPending()) === true, "the status to say that a restart is pending");
    const restarts = async (work: () => Promise<unknown>) => {
      const old = await windowId();
      await work();
      await until(async () => (await windowId()) !== old, "the bridge to have restarted");
    };
    await restarts(() => {
      end();
      return running;
    });
    assert.equal(await isPending(), undefined);
    await restarts(() => set("kiro.maxQueuedCommands", undefined));
  });
});

describe("Settings that change while a terminal is open", () => {
  it("close it when they deny it", () =>
    withSettings({ "cli.path": "simulator" }, async ({ url, token }) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/terminal`, ["kiro-bridge", `bearer.${token}`]);
      const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      await set("commands.deny", ["kiro.cli.chat"]);
      assert.equal(await closed, 1008);
      await set("commands.deny", undefined);
    }));
});
