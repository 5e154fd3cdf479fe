import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { restartWith } from "./bridgeSettings.ts";
import { bridgeHome, runOwn, waitForBridge, waitForNoDiscovery } from "./support.ts";

const DEADLINE_MS = 60_000;
const WRITE_ENVIRONMENT = "require('fs').writeFileSync(process.argv[1], JSON.stringify(process.env))";

describe("An integrated terminal", () => {
  let folder: string;
  let terminals = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "kiro-bridge-terminal-"));
    await waitForBridge();
  });

  after(async () => {
    await vscode.commands.executeCommand("kiroBridge.start");
    await waitForBridge();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a terminal whose program writes its environment, and waits until it has exited. */
  async function environment(): Promise<NodeJS.ProcessEnv> {
    const file = join(folder, `${++terminals}.json`);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const watching = vscode.window.onDidCloseTerminal((terminal) => {
      if (terminal.name === file) resolve();
    });
    vscode.window.createTerminal({
      name: file,
      shellPath: process.execPath,
      shellArgs: ["-e", WRITE_ENVIRONMENT, file],
      env: { ELECTRON_RUN_AS_NODE: "1" },
    });
    await closed;
    watching.dispose();
    return JSON.parse(await readFile(file, "utf8")) as NodeJS.ProcessEnv;
  }

  it("has the address of the bridge and the folder of bridge.json, but not the token", async () => {
    const { url, token } = await waitForBridge();
    const env = await environment();
    assert.deepEqual([env["KIRO_BRIDGE_URL"], env["KIRO_BRIDGE_HOME"]], [url, bridgeHome()]);
    assert.ok(!JSON.stringify(env).includes(token));
  });

  it("has the new address after a restart on another port, and none while the bridge is off", async () => {
    const { url } = await waitForBridge();
    const port = Number(new URL(url).port) + 1;
    const moved = await restartWith({ "api.port": port });
    assert.notEqual(moved.url, url);
    assert.equal((await environment())["KIRO_BRIDGE_URL"], moved.url);
    await vscode.workspace.getConfiguration("kiroBridge").update("api.port", undefined, true);
    await runOwn("stop");
    await waitForNoDiscovery(bridgeHome(), DEADLINE_MS);
    assert.equal("KIRO_BRIDGE_URL" in (await environment()), false);
  });
});
