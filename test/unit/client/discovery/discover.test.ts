import assert from "node:assert/strict";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { publishEntry } from "../../../../src/windows/discovery.ts";
import { startPlainServer } from "../../../support/client/plainServer.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const NEXT_TOKEN = TEST_TOKEN.replace("test", "next");

describe("KiroBridgeClient.discover and pair", () => {
  const environment = { ...process.env };
  let bridge: TestBridge;
  let home: string;
  const clients: KiroBridgeClient[] = [];
  const keep = (client: KiroBridgeClient): KiroBridgeClient => {
    clients.push(client);
    return client;
  };

  const publish = (entry: Partial<Parameters<typeof publishEntry>[1]> = {}): Promise<string> =>
    publishEntry(home, {
      version: "0.1.0",
      url: bridge.server.url,
      pid: process.pid,
      token: TEST_TOKEN,
      windows: [{ id: "w1", pid: process.pid, editor: "Test", workspaceFolders: [home] }],
      ...entry,
    });

  beforeEach(async () => {
    home = await temporaryFolder();
    process.env["KIRO_BRIDGE_HOME"] = home;
    delete process.env["KIRO_BRIDGE_URL"];
    bridge = await startTestBridge({ folders: [home] });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await bridge.dispose();
    await removeFolder(home);
    process.env = { ...environment };
  });

  it("finds the bridge with its token", async () => {
    await publish();
    const client = keep(await KiroBridgeClient.discover());
    assert.deepEqual([client.baseUrl, client.token], [bridge.server.url, TEST_TOKEN]);
    assert.equal((await client.executeCommand("test.echo", ["found"])).output, "found");
  });

  it("follows a bridge that has moved with its socket", async () => {
    await publish();
    const client = keep(await KiroBridgeClient.discover());
    const socket = await client.connect();
    const next = await startTestBridge({ folders: [home] });
    await publish({ url: next.server.url });
    await bridge.dispose();
    bridge = next;
    assert.equal((await socket.status()).status, "ready");
    assert.equal(client.baseUrl, next.server.url);
  });

  it("never offers the token of a socket to a server in place of the bridge", async () => {
    await publish();
    const client = keep(await KiroBridgeClient.discover());
    const socket = await client.connect();
    const { port } = bridge;
    await bridge.dispose();
    const offered: (string | undefined)[] = [];
    const stranger = await startPlainServer((_request, response) => response.end("{}"), port);
    stranger.onUpgrade(({ headers }) => offered.push(headers["sec-websocket-protocol"], headers.authorization));
    try {
      await assert.rejects(socket.status(), { code: "INVALID_RESPONSE" });
      assert.deepEqual(offered, []);
    } finally {
      await stranger.dispose();
    }
  });

  it("stays at the address that is wanted, also when only another bridge is running", async () => {
    await publish();
    const { url } = bridge.server;
    const other = await startTestBridge({ folders: [home] });
    const entry = { version: "0.1.0", url: other.server.url, pid: process.pid, token: TEST_TOKEN, windows: [] };
    await writeFile(join(home, "bridge-3002.json"), JSON.stringify(entry));
    try {
      const client = keep(await KiroBridgeClient.discover({ url }));
      await bridge.dispose();
      for (const _attempt of [1, 2]) await assert.rejects(client.me(), { code: "NETWORK_ERROR" });
      await rm(join(home, "bridge.json"));
      await assert.rejects(client.me(), { code: "KIRO_UNAVAILABLE", message: /with the address/ });
      bridge = await startTestBridge({ folders: [home], listen: { port: Number(new URL(url).port) } });
      await publish({ token: NEXT_TOKEN });
      bridge.server.rotateToken(NEXT_TOKEN);
      assert.equal((await client.me()).id, "owner");
      assert.deepEqual([client.baseUrl, client.token], [url, NEXT_TOKEN]);
    } finally {
      await other.dispose();
    }
  });

  it("finds the bridge of the folder that is wanted, and sends requests there", async () => {
    await publish();
    await mkdir(join(home, "src"));
    const client = keep(await KiroBridgeClient.discover({ folder: join(home, "src") }));
    const { executionId } = await client.executeCommand("test.echo");
    assert.ok((await client.executions.get(executionId)).workspacePath?.startsWith(home));
    await assert.rejects(KiroBridgeClient.discover({ folder: "/elsewhere" }), {
      code: "NOT_FOUND",
      context: { openFolders: [home] },
    });
  });

  it("finds a folder of Windows, whatever the case of its drive", async () => {
    await publish({ windows: [{ id: "w1", pid: process.pid, editor: "Test", workspaceFolders: ["c:\\work"] }] });
    const client = keep(await KiroBridgeClient.discover({ folder: "C:\\work\\src" }));
    assert.equal(client.baseUrl, bridge.server.url);
  });

  it("says that no bridge is running, also when one ended without removing its entry", async () => {
    const unavailable = { code: "KIRO_UNAVAILABLE", recoverable: true };
    await assert.rejects(KiroBridgeClient.discover(), unavailable);
    const ended = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(ended, "exit");
    await publish({ pid: ended.pid ?? 0 });
    await assert.rejects(KiroBridgeClient.discover(), unavailable);
  });

  it("never sends the token to another program at the address", async () => {
    const seen: string[] = [];
    const other = await startPlainServer((request, response) => {
      seen.push(JSON.stringify([request.url, request.headers]));
      response.writeHead(200, { "Content-Type": "application/json" }).end('{"status":"healthy","proof":"guessed"}');
    });
    await publish({ url: other.url });
    await assert.rejects(KiroBridgeClient.discover(), { code: "INVALID_RESPONSE" });
    assert.equal(seen.length, 1);
    assert.ok(!seen.join().includes(TEST_TOKEN));
    await other.dispose();
  });

  it("never sends the token to another program that took the port of a bridge that has ended", async () => {
    await publish();
    const { port } = bridge;
    const client = keep(await KiroBridgeClient.discover());
    await client.me();
    await bridge.dispose();
    await assert.rejects(client.me(), { code: "NETWORK_ERROR" });
    const seen: string[] = [];
    const { createServer } = await import("node:http");
    const other = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.end("{}");
    }).listen(port, "127.0.0.1");
    await once(other, "listening");
    await assert.rejects(client.me(), { code: "INVALID_RESPONSE" });
    assert.ok(seen.length > 0 && !seen.join().includes(TEST_TOKEN));
    other.closeAllConnections();
    other.close();
  });

  it("goes on with another token, which the folder has after a 401", async () => {
    await publish();
    const client = keep(await KiroBridgeClient.discover());
    await publish({ token: NEXT_TOKEN });
    bridge.server.rotateToken(NEXT_TOKEN);
    assert.equal((await client.me()).id, "owner");
    assert.equal(client.token, NEXT_TOKEN);
  });

  it("follows the bridge to another address, events included", async () => {
    await publish();
    const client = keep(await KiroBridgeClient.discover());
    const stream = await client.events({ types: ["command-started"] }).ready();
    await stream.next();
    const waiting = (async () => {
      for await (const event of stream) if (event.type === "command-started") return event.args;
      return [];
    })();
    await bridge.dispose();
    bridge = await startTestBridge({ windowId: "next-run" });
    await rm(join(home, "bridge.json"));
    await publish();
    await until(async () => (await client.isReady()) && client.baseUrl === bridge.server.url);
    await client.executeCommand("test.echo", ["moved"]);
    assert.deepEqual(await waiting, ["moved"]);
  });

  it("asks for a token where none is published, which proves the bridge later", async () => {
    await publish({ token: undefined });
    await assert.rejects(KiroBridgeClient.discover(), { code: "AUTHENTICATION_FAILED" });
    const codes: string[] = [];
    const pairing = KiroBridgeClient.pair({ name: "Tést", role: "operator", onCode: (code) => codes.push(code) });
    const { pairings } = bridge.core.access;
    await until(() => codes.length > 0);
    const [request] = pairings.pending;
    assert.deepEqual([request?.code], codes);
    pairings.decide(request?.id ?? "", { decision: "allow" }, editorUser);
    const { token = "" } = keep(await pairing);
    assert.match(token, /^kbt_/);
    const client = keep(await KiroBridgeClient.discover({ token }));
    assert.equal((await client.me()).name, "Tést");
    await assert.rejects(KiroBridgeClient.discover({ token: `${token}x` }), { code: "INVALID_RESPONSE" });
  });

  it("rejects when the user denies the request, and when its caller gives it up", async () => {
    const options = { baseUrl: bridge.server.url, role: "viewer" } as const;
    const denied = KiroBridgeClient.pair({ ...options, name: "denied", onCode: () => undefined });
    const { pairings } = bridge.core.access;
    await until(() => pairings.pending.length > 0);
    pairings.decide(pairings.pending[0]?.id ?? "", { decision: "deny" }, editorUser);
    await assert.rejects(denied, { code: "ACCESS_DENIED", context: { rule: "pairing" } });
    const controller = new AbortController();
    const { signal } = controller;
    const onCode = (): void => controller.abort(new Error("given up"));
    await assert.rejects(KiroBridgeClient.pair({ ...options, name: "given up", onCode, signal }), /given up/);
    await assert.rejects(KiroBridgeClient.discover({ signal }), /given up/);
  });
});
