import assert from "node:assert/strict";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { type Discovery, runOwn, waitForBridge } from "./support.ts";

describe("Connect a Client", () => {
  let bridge: Discovery;
  let file: string;

  before(async () => {
    bridge = await waitForBridge();
    file = join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", ".mcp.json");
  });

  afterEach(() => rm(file, { force: true }));

  const call = (path: string, token: string) =>
    fetch(bridge.url + path, { headers: { authorization: `Bearer ${token}` } });

  it("writes the file of a client, with a token of its own that has the least permissions", async () => {
    await runOwn("connectClient", { client: "claude-code", use: "mcp", write: true, storeToken: true });
    const text = await readFile(file, "utf8");
    assert.equal(JSON.parse(text).mcpServers["kiro-bridge"].url, `${bridge.url}/mcp`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const [, token = ""] = /Bearer (kbt_[^"]+)/.exec(text) ?? [];
    const { name, scopes } = Object(await (await call("/api/kiro/access/me", token)).json());
    assert.deepEqual([name, scopes], ["Claude Code", ["status:read", "commands:run", "agents:prompt"]]);
    assert.equal((await call("/api/kiro/access/clients", token)).status, 403);
  });

  it("copies the lines of a client, without the token", async () => {
    await runOwn("connectClient", { client: "openai-sdk", use: "model", write: false });
    const copied = await vscode.env.clipboard.readText();
    assert.ok(copied.includes(`new OpenAI({ baseURL: "${bridge.url}/v1"`), copied);
    assert.doesNotMatch(copied, /kbt_/);
  });

  it("lets no client in if its file cannot be edited", async () => {
    const clients = async () => Object(await (await call("/api/kiro/access/clients", bridge.token)).json()).clients;
    const before = await clients();
    await vscode.workspace.fs.writeFile(vscode.Uri.file(file), Buffer.from("{ broken"));
    await runOwn("connectClient", { client: "claude-code", use: "mcp", write: true });
    assert.deepEqual(await clients(), before);
    assert.equal(await readFile(file, "utf8"), "{ broken");
  });
});
