import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fake } from "../fixtures/simulator/directive.ts";
import { readDiscoveries, waitForNoDiscovery } from "../support/editor/bridge.ts";
import { freePort } from "../support/programs/freePort.ts";
import { runCli, ServerProcess } from "../support/serve/serverProcess.ts";
import { isAlive } from "../soak/processes.ts";
import { until } from "../support/until.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";

const SECRET = "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB";

const initialize = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "test", version: "1.0.0" },
};

describe("kiro-bridge serve", function () {
  this.timeout(180_000);
  let folder: string;
  let home: string;
  let port: string;
  const started: ServerProcess[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    home = join(folder, "home");
    port = String(await freePort());
  });
  afterEach(async () => {
    for (const server of started.splice(0)) await server.kill();
    await removeFolder(folder);
  });

  async function start(args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const server = new ServerProcess(
      home,
      ["--simulator", "--port", port, "--workspace", folder, ...args],
      environment,
    );
    started.push(server);
    server.url = (await server.whenReady()).url;
    return server;
  }

  async function tokenOf(): Promise<string> {
    const [entry] = await readDiscoveries(home);
    assert.ok(entry?.token !== undefined);
    return entry.token;
  }

  async function call(server: ServerProcess, path: string, body?: object): Promise<Response> {
    return await fetch(new URL(path, server.url), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${await tokenOf()}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Begins a prompt that waits until it is cancelled. */
  async function beginPrompt(server: ServerProcess): Promise<void> {
    const headers = { authorization: `Bearer ${await tokenOf()}`, "content-type": "application/json" };
    const body = JSON.stringify({ command: "kiro.cli.chat", args: [fake("hang")] });
    const url = `${server.url}/api/kiro/execute`;
    const response = await fetch(url, { method: "POST", headers: { ...headers, prefer: "respond-async" }, body });
    assert.equal(response.status, 202, await response.text());
  }

  it("answers health, prompts, OpenAI's API and the dashboard, and leaves nothing when it is stopped", async () => {
    const server = await start();
    assert.doesNotMatch(server.log, /"level":"(?:warn|error)"|A request was rejected/);
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    assert.match((await runCli(home, ["ask", "good morning"])).output, /good morning/);
    const chat = await call(server, "/v1/chat/completions", {
      model: "kiro",
      messages: [{ role: "user", content: "good evening" }],
    });
    assert.match(await chat.text(), /good evening/);
    const page = await fetch(`${server.url}/dashboard`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.equal(await server.stop(), 0, server.log);
    await waitForNoDiscovery(home, 30_000);
    const left = await readdir(join(home, "addresses"), { recursive: true });
    assert.deepEqual(
      left.filter((name) => /\.sock$|\.lock$|claim/.test(name)),
      [],
    );
  });

  it("ends with code 0 after SIGTERM, also while a prompt runs, and refuses new requests meanwhile", async () => {
    const server = await start();
    await beginPrompt(server);
    const token = await tokenOf();
    server.signal("SIGTERM");
    await server.whenLogged("The bridge is stopping");
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ prompt: "Too late" });
    const refused = await fetch(`${server.url}/kiro/chat`, { method: "POST", headers, body });
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /"code":"KIRO_UNAVAILABLE".*"cause":"bridge-stopping"/);
    assert.equal(await server.whenEnded(), 0);
  });

  it("offers the tools of an editor to nobody", async () => {
    const server = await start();
    const headers = { authorization: `Bearer ${await tokenOf()}`, "content-type": "application/json" };
    const response = await fetch(`${server.url}/mcp`, {
      method: "POST",
      headers: { ...headers, accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: initialize }),
    });
    const session = { "mcp-session-id": response.headers.get("mcp-session-id") ?? "" };
    await response.body?.cancel();
    const listed = await fetch(`${server.url}/mcp`, {
      method: "POST",
      headers: { ...headers, ...session, accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list", params: {} }),
    });
    const text = await listed.text();
    assert.match(text, /"name":"ask_agent"/);
    assert.doesNotMatch(text, /"name":"editor_context"/);
  });

  it("ends at once with the second signal", async () => {
    const server = await start();
    await beginPrompt(server);
    server.signal("SIGTERM");
    await server.whenLogged("The bridge is stopping");
    server.signal("SIGTERM");
    assert.equal(await server.whenEnded(), 143);
  });

  it("starts again after it was killed, with another token", async () => {
    const server = await start();
    const before = await tokenOf();
    await server.kill();
    await start();
    assert.notEqual(await tokenOf(), before);
  });

  it("ends with a code of its own if the port is taken and no other is wanted", async () => {
    const stranger = createServer().listen(Number(port), "127.0.0.1");
    try {
      const { code, errors } = await runCli(home, ["serve", "--port", port, "--set", "api.portConflict=fail"]);
      assert.equal(code, 69, errors);
      assert.match(errors, new RegExp(port));
    } finally {
      stranger.close();
    }
  });

  it("says which option, variable or file is wrong, before anything listens", async () => {
    const wrong = await runCli(home, ["serve", "--set", "api.prot=3100"]);
    assert.equal(wrong.code, 64);
    assert.match(wrong.errors, /There is no setting api\.prot\. Did you mean api\.port\?/);
    const file = join(folder, "bridge.json");
    await writeFile(file, '{ "api.port": "x" }');
    const invalid = await runCli(home, ["serve", "--config", file]);
    assert.equal(invalid.code, 78);
    assert.match(invalid.errors, /bridge\.json: kiroBridge\.api\.port/);
    assert.equal((await runCli(home, ["serve", "--workspace", join(folder, "missing")])).code, 64);
  });

  it("says which Node it needs, in an older one", async () => {
    const older = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}})';
    const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(older)}` };
    const { code, errors } = await runCli(home, ["serve", "--port", port], { environment });
    assert.equal(code, 1);
    assert.match(errors, /needs Node 22 or later, and this is Node 20\.19\.0/);
  });

  it("applies a changed file while it runs", async () => {
    const file = join(folder, "bridge.json");
    await writeFile(file, "{}");
    const server = await start(["--config", file]);
    const check = async (): Promise<string> =>
      (await call(server, "/api/kiro/policy/check", { command: "kiro-cli.chat" })).text();
    assert.match(await check(), /"allowed":true/);
    await writeFile(file, '{ "commands.deny": ["kiro-cli.*"] }');
    await server.whenLogged("The configuration file was read again");
    assert.match(await check(), /"allowed":false/);
    if (process.platform === "win32") return;
    server.signal("SIGHUP");
    await server.whenLogged("SIGHUP was received");
    assert.match(await check(), /"allowed":false/);
  });

  it("restarts the bridge inside the process for settings that need it, when nothing runs", async () => {
    const file = join(folder, "bridge.json");
    await writeFile(file, "{}");
    const server = await start(["--config", file]);
    await beginPrompt(server);
    await writeFile(file, '{ "api.maxBodyBytes": 1024 }');
    await server.whenLogged("the bridge restarts when nothing runs any more");
    const long = { command: "kiro-cli.chat", params: ["x".repeat(2000)] };
    assert.equal((await call(server, "/api/kiro/policy/check", long)).status, 200);
    const { executions } = (await (await call(server, "/api/kiro/executions")).json()) as {
      executions: { executionId: string }[];
    };
    for (const { executionId } of executions) await call(server, `/api/kiro/executions/${executionId}/cancel`, {});
    await until(async () => (await call(server, "/api/kiro/policy/check", long)).status === 413, "the restart");
    assert.equal(isAlive(server.pid), true);
  });

  it("lets a program in by its code, and masks secrets in the log", async () => {
    const server = await start(["--discovery", "pair", "--log-level", "debug"]);
    const asked = runCli(home, ["pair", "--name", `nightly ${SECRET}`, "--scopes", "status:read"]);
    await server.whenLogged("A program asks for access");
    const [, code] = /access approve ([A-Z0-9-]+)"/.exec(server.log) ?? [];
    assert.ok(code !== undefined);
    assert.match((await runCli(home, ["access", "list"])).output, new RegExp(code));
    const approved = await runCli(home, ["access", "approve", code.toLowerCase(), "--for", "1h"]);
    assert.equal(approved.code, 0, approved.errors);
    const { code: paired, output } = await asked;
    assert.equal(paired, 0);
    const token = output.trim();
    const status = await fetch(`${server.url}/api/kiro/status`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(status.status, 200);
    const listed = await runCli(home, ["--json", "access", "list"]);
    const [client] = (JSON.parse(listed.output) as { clients: { id: string }[] }).clients;
    assert.ok(client !== undefined);
    assert.equal((await runCli(home, ["access", "revoke", client.id])).code, 0);
    const revoked = await fetch(`${server.url}/api/kiro/status`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(revoked.status, 401);
    const created = await runCli(home, ["access", "create", "--name", "ci", "--role", "ci"]);
    const given = await fetch(`${server.url}/api/kiro/status`, {
      headers: { authorization: `Bearer ${created.output.trim()}` },
    });
    assert.equal(given.status, 200, created.errors);
    assert.doesNotMatch(server.log, new RegExp(`${SECRET}|${token}`));
    for (const line of server.log.trim().split("\n")) assert.ok("level" in JSON.parse(line));
    const operator = join(home, "server", `operator-${server.pid}.json`);
    if (process.platform !== "win32") assert.equal((await stat(operator)).mode & 0o777, 0o600);
    await server.stop();
    assert.deepEqual(
      (await readdir(join(home, "server"))).filter((name) => name.startsWith("operator-")),
      [],
    );
  });

  it("turns a program away by its code", async () => {
    const server = await start(["--discovery", "pair"]);
    const asked = runCli(home, ["pair", "--name", "unknown", "--scopes", "status:read"]);
    await server.whenLogged("A program asks for access");
    const [, code = ""] = /access approve ([A-Z0-9-]+)"/.exec(server.log) ?? [];
    assert.equal((await runCli(home, ["access", "deny", code])).code, 0);
    const { code: paired, output } = await asked;
    assert.notEqual(paired, 0);
    assert.equal(output.trim(), "");
  });

  it("stores secrets from stdin so that only the user can read them", async () => {
    const stored = await runCli(home, ["serve", "secret", "set", "engine", "openai"], { input: "sk-key\n" });
    assert.equal(stored.code, 0, stored.errors);
    const path = join(home, "server", "keys", "openai.key");
    assert.equal(await readFile(path, "utf8"), "sk-key");
    if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o600);
    const wrong = await runCli(home, ["serve", "secret", "set", "nats"], { input: "{}" });
    assert.equal(wrong.code, 1);
    assert.match(wrong.errors, /not credentials for NATS/);
  });

  it("starts a plugin that the operator has allowed, ends it with itself, and logs one that is not, or has changed", async () => {
    const plugin = join(home, "plugins", "hello");
    const marker = join(folder, "started");
    await mkdir(join(plugin, ".claude-plugin"), { recursive: true });
    const program = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, String(process.pid)); setInterval(() => {}, 1e6);`;
    await writeFile(join(plugin, "main.cjs"), program);
    const manifest = { name: "hello", version: "1.0.0", command: "node", args: ["./main.cjs"] };
    const write = (fields: object): Promise<void> =>
      writeFile(join(plugin, ".claude-plugin", "plugin.json"), JSON.stringify({ ...manifest, ...fields }));
    await write({});
    const before = await start();
    await before.whenLogged("A plugin wants to run, and is not allowed");
    const [, approval = ""] = /--allow-plugin (hello@[0-9a-f]{16})/.exec(before.log) ?? [];
    await before.stop();
    assert.equal(existsSync(marker), false);
    const server = await start(["--allow-plugin", approval]);
    await until(() => existsSync(marker) && readFileSync(marker, "utf8") !== "", "the plugin has started");
    const pid = Number(readFileSync(marker, "utf8"));
    assert.equal(await server.stop(), 0, server.log);
    await until(() => !isAlive(pid), "the plugin has ended");

    await rm(marker);
    await write({ args: ["./main.cjs", "--more"] });
    const after = await start(["--allow-plugin", approval]);
    await after.whenLogged("A plugin wants to run, and is not allowed");
    assert.equal(existsSync(marker), false);
  });
});
