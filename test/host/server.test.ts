import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as vscode from "vscode";
import {
  isExecuteCommandResponse,
  isKiroStatusResponse,
  KiroBridgeClient,
  PooledKiroClient,
  SimpleKiroClient,
} from "../fixtures/seedClients.ts";
import { withSettings } from "./bridgeSettings.ts";
import { freePort } from "../support/programs/freePort.ts";
import { bridgeHome, type Discovery, execute, isGone, runOwn, waitForBridge, waitForNoDiscovery } from "./support.ts";

const DEADLINE_MS = 60_000;

async function get(bridge: Discovery, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${bridge.url}${path}`, { headers: { authorization: `Bearer ${bridge.token}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("The server in the editor", () => {
  let bridge: Discovery;

  // Each restart may find another port free: other editors run on this machine.
  beforeEach(async () => {
    bridge = await waitForBridge();
  });

  it("returns its status as the original API's type defines it", async () => {
    const { status, body } = await get(bridge, "/api/kiro/status");
    assert.equal(status, 200);
    assert.ok(isKiroStatusResponse(body));
    assert.equal(body.version, vscode.version);
    assert.ok(body.availableCommands.includes("workbench.action.files.newUntitledFile"));
    assert.ok(!body.availableCommands.some((id) => id.startsWith("kiroBridge.")));
    assert.equal("currentCommand" in body, false);
  });

  it("lists commands with title and source", async () => {
    const { body } = await get(bridge, "/api/kiro/commands?query=kiroBridge.copyToken");
    assert.deepEqual(body["commands"], [
      {
        id: "kiroBridge.copyToken",
        title: "Kiro Bridge: Copy Token",
        source: "kiro-bridge.kiro-bridge",
        allowed: false,
      },
    ]);
  });

  it("rejects a request without the token", async () => {
    const answer = await fetch(`${bridge.url}/api/kiro/status`);
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer\b/);
  });

  it("replaces the token immediately", async () => {
    const old = bridge;
    const renewed = new Promise<void>((resolve) => {
      const look = async () =>
        (await get(old, "/api/kiro/status")).status === 401 ? resolve() : setImmediate(() => void look());
      void runOwn("rotateToken").then(look);
    });
    await renewed;
    const again = await runOwn("restart").then(() => waitForBridge());
    assert.notEqual(again.token, old.token);
    assert.equal((await get(again, "/api/kiro/status")).status, 200);
  });

  it("stops without leaving a listener or a file, and starts again", async () => {
    assert.equal(await isGone(bridge), false);
    await runOwn("stop");
    await waitForNoDiscovery(bridgeHome(), DEADLINE_MS);
    assert.ok(await isGone(bridge));
    await vscode.commands.executeCommand("kiroBridge.start");
    await waitForBridge();
  });

  it("uses the next free port when another program has the configured one", async () => {
    const stranger = createServer((_request, response) => response.end("mine"));
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as AddressInfo;
    try {
      await withSettings({ "api.port": port }, async (moved) => {
        assert.notEqual(new URL(moved.url).port, String(port));
        assert.equal((await get(moved, "/api/kiro/status")).status, 200);
        assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), "mine");
      });
    } finally {
      stranger.closeAllConnections();
      await new Promise((resolve) => stranger.close(resolve));
    }
  });

  it("runs a command of the palette in the same way, and shows its result", async () => {
    const echo = vscode.commands.registerCommand("kiroBridgeTest.palette", (value: unknown) => value);
    const answer = await runOwn("executeCommand", {
      command: "kiroBridgeTest.palette",
      params: [42],
    });
    echo.dispose();
    assert.ok(isExecuteCommandResponse(answer));
    assert.equal(answer.output, "42");
  });

  it("copies a curl line with address and token", async () => {
    await runOwn("copyCurl");
    const line = await vscode.env.clipboard.readText();
    assert.match(line, /\bcurl(\.exe)? -sS /);
    for (const part of [`Bearer ${bridge.token}`, `${bridge.url}/api/kiro/execute`])
      assert.ok(line.includes(part), `${part} is missing: ${line}`);
  });

  it("copies its address on this machine, and does not wait until the message is closed", async () => {
    await vscode.commands.executeCommand("kiroBridge.copyAddress");
    assert.equal(await vscode.env.clipboard.readText(), bridge.url);
  });

  it("reports that the port is the configured one when it is reclaimed", async () => {
    // The default one may belong to an editor of another test.
    await withSettings({ "api.port": await freePort() }, async (moved) => {
      await runOwn("reclaimPort");
      assert.deepEqual(await waitForBridge(), moved);
    });
  });

  it("answers its own health check", async () => {
    const health = await vscode.commands.executeCommand<{ status?: string }>("kiroBridge.healthCheck");
    assert.equal(health.status, "healthy");
  });
});

describe("The original clients", () => {
  let echo: vscode.Disposable;

  before(() => {
    echo = vscode.commands.registerCommand("kiroBridgeTest.seed", (value: unknown) => value);
  });

  after(() => echo.dispose());

  it("KiroBridgeClient works without a token where auth.mode is none", () =>
    withSettings({ "auth.mode": "none" }, async ({ url }) => {
      const client = new KiroBridgeClient(url);
      assert.equal(await client.isReady(), true);
      const answer = await client.executeCommand({ command: "kiroBridgeTest.seed", args: ["hello"] });
      assert.ok(isExecuteCommandResponse(answer));
      assert.equal(answer.output, "hello");
      const unknown = await client.executeCommand({ command: "invalid.command" });
      assert.match(unknown.error ?? "", /^Command 'invalid.command' not found/);
      assert.ok(isKiroStatusResponse(await client.getStatus()));
    }));

  it("patterns 1 and 2 work with the token", async () => {
    const { url, token } = await waitForBridge();
    const simple = await new SimpleKiroClient(url, token).executeCommand("kiroBridgeTest.seed", ["one"]);
    assert.equal(simple.output, "one");
    const pooled = new PooledKiroClient(url, token);
    const answers = await Promise.all(
      ["a", "b", "c", "d"].map((text) => pooled.executeCommand("kiroBridgeTest.seed", [text])),
    );
    assert.deepEqual(
      answers.map(({ output }) => output),
      ["a", "b", "c", "d"],
    );
    await assert.rejects(new PooledKiroClient(url, "wrong").executeCommand("kiroBridgeTest.seed"), {
      code: "AUTHENTICATION_FAILED",
    });
    pooled.dispose();
  });

  it("reads a rejected command as an error with its execution id", async () => {
    const bridge = await waitForBridge();
    const { status, body } = await execute(bridge, { command: "" });
    assert.equal(status, 400);
    assert.equal((body as { code: string }).code, "VALIDATION_FAILED");
  });
});
