import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ProcessBuses } from "../../../src/plugins/sdk/processBuses.ts";
import { RpcClient } from "../../../src/plugins/rpc/rpcClient.ts";
import { repositoryRoot } from "../../support/editor/paths.ts";
import { checkManifest } from "../../support/guides/checkJson.ts";
import { Program, runProgram } from "../../support/guides/program.ts";
import { type ExamplePlugin, installExample } from "../../support/plugins/examplePlugin.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const mocha = join(dirname(createRequire(import.meta.url).resolve("mocha/package.json")), "bin/mocha.js");

/** The matchers of Jest that the test of the guide uses. */
const EXPECT = `const assert = require("node:assert/strict");
globalThis.expect = (value) => ({
  toBe: (expected) => assert.equal(value, expected),
  toBeDefined: () => assert.notEqual(value, undefined),
  toContain: (part) => assert.ok(value.includes(part), value + " has no " + part),
});
`;

describe("examples/plugins/fastapi-backend", () => {
  let plugin: ExamplePlugin;
  before(async () => {
    plugin = await installExample("fastapi-backend");
  });
  after(() => plugin.dispose());

  it("passes the test of the guide, without a bridge", async () => {
    const expect = join(plugin.folder, "expect.cjs");
    await writeFile(expect, EXPECT);
    const args = [mocha, "--no-config", "--require", expect, plugin.compiled("test/plugin.test.ts")];
    const { code, stdout, stderr } = await runProgram(process.execPath, args, options(plugin));
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /2 passing/);
    assert.equal(stderr, "");
  });

  it("starts as a program, and ends without a bridge, which nothing can reach it through", async () => {
    const file = plugin.compiled("lib/fastapi-backend-plugin.ts");
    const { code, stdout, stderr } = await runProgram(process.execPath, [file], options(plugin));
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout, "[FastAPIBackend] Starting plugin...\n[FastAPIBackend] Plugin ready!\n");
  });
});

describe("examples/plugins/your-plugin", () => {
  let plugin: ExamplePlugin;
  before(async () => {
    plugin = await installExample("your-plugin");
  });
  after(() => plugin.dispose());

  it("starts as a program", async () => {
    const file = plugin.compiled("lib/plugin-bootstrap.ts");
    const { code, stdout, stderr } = await runProgram(process.execPath, [file], options(plugin));
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout, "[YourPlugin] Starting...\n[YourPlugin] Ready!\n");
  });

  it("answers calls and requests, and has a circuit breaker for what fails", async () => {
    const main = join(plugin.folder, "caller.cjs");
    await writeFile(main, CALLER);
    const { code, stdout, stderr } = await runProgram(process.execPath, [main], options(plugin));
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(/^\{.*$/m.exec(stdout)?.[0] ?? ""), {
      agents: ["endpoint-designer"],
      unknown: "Unknown command: fly",
      described: "backend",
      failed: ["There is no agent nobody.", "Plugin circuit breaker open"],
      status: { status: "running", circuitBreakerState: "open", activeRequests: 0 },
      events: ["task_completed"],
    });
  });
});

describe("examples/plugins on a bridge", () => {
  let bridge: TestBridge;
  let plugin: ExamplePlugin;
  const buses = new ProcessBuses({});
  before(async () => {
    [bridge, plugin] = await Promise.all([startTestBridge(), installExample("fastapi-backend")]);
    await buses.connect({ url: bridge.server.url, token: TEST_TOKEN });
  });
  after(async () => {
    buses.reset();
    await bridge.dispose();
    await plugin.dispose();
  });

  it("run as a process of their own: are called, publish, and end with their own handler of SIGINT", async () => {
    const caller = buses.get("caller");
    const seen: unknown[] = [];
    caller.subscribe("plugin/fastapi-backend/**", ({ source, payload }) => seen.push([source, payload]));
    await caller.publish({ topic: "ready" });
    const { env, cwd } = options(plugin);
    const own = { ...env, KIRO_BRIDGE_URL: bridge.server.url, KIRO_BRIDGE_PLUGIN_TOKEN: TEST_TOKEN };
    const program = new Program(process.execPath, [plugin.compiled("lib/fastapi-backend-plugin.ts")], {
      cwd,
      env: own,
    });
    await program.until(() => program.stdout.includes("Plugin ready!"), "the announcement");
    await until(() => seen.length === 1);
    const client = new RpcClient(caller.participant, "plugin://fastapi-backend/rpc");
    const endpoint = { path: "/api/users", method: "POST", database: "mongodb" };
    const { filePath, code } = await client.call("create_endpoint", endpoint);
    assert.equal(filePath, "/app/routes_api_users.py");
    assert.match(code, /@router\.post\("\/api\/users"\)/);
    const { status, endpointCount } = await client.call("get_status");
    assert.deepEqual([status, endpointCount], ["running", 1]);
    const request = {
      topic: "plugin/fastapi-backend/request",
      payload: { command: "create_model", parameters: { name: "User" } },
    };
    const { result } = await caller.request(request);
    assert.equal(result.modelName, "User");
    await assert.rejects(caller.request({ ...request, payload: { command: "fly" } }), /Unknown command: fly/);
    await until(() => seen.length === 2);
    assert.deepEqual(seen[1], [
      "fastapi-backend",
      { eventType: "endpoint_created", endpoint: { path: "/api/users", method: "POST", filePath } },
    ]);
    program.signal("SIGINT");
    const end = await program.ended;
    assert.deepEqual([end.code, end.stdout.includes("[FastAPIBackend] Stopped")], [0, true], end.stderr);
  });
});

const CALLER = `const { getMessageBus, RPCClient } = require("kiro-bridge/plugin");
const { YourPluginBootstrap } = require("./lib/plugin-bootstrap.js");

async function main() {
  const plugin = new YourPluginBootstrap();
  await plugin.start();
  const bus = getMessageBus("caller");
  const events = [];
  bus.subscribe("plugin/your-plugin/events", ({ payload }) => events.push(payload.eventType));
  const ask = (payload) => bus.request({ topic: "plugin/your-plugin/request", destination: "your-plugin", payload });
  const client = new RPCClient("plugin://your-plugin/rpc");
  const { agents } = await client.call("query_agents", { criteria: { domain: "api" } });
  const unknown = await ask({ command: "fly" }).catch(({ message }) => message);
  const { result } = await ask({ command: "describe_agent", parameters: { name: "schema-reviewer" } });
  const failed = [];
  for (let time = 0; time < 6; time++)
    failed.push(await ask({ command: "describe_agent", parameters: { name: "nobody" } }).catch(({ message }) => message));
  const status = await client.call("get_status");
  console.log(JSON.stringify({ agents: agents.map(({ name }) => name), unknown, described: result.domain, failed: failed.slice(-2), status, events }));
  await plugin.stop();
}
main().catch((error) => { console.error(error); process.exit(1); });
`;

/** As a program that no editor has started. */
function options({ folder }: ExamplePlugin): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
  const { KIRO_BRIDGE_PLUGIN_TOKEN: _token, ...env } = process.env;
  return { cwd: folder, env };
}

/** SHA-256 of the files as the original guide prints them, without the imports. */
const originals = {
  "your-plugin/lib/plugin-bootstrap.ts": "3306f37d4dc56b7639be8dcd0db66f963be929d02029f66a9c3f9eee1c651065",
  "fastapi-backend/lib/fastapi-backend-plugin.ts": "cf8e6cfb8e8ff60baf2f2d32b81effb73db9fb95941cb70ee6082e22f0890ac5",
  "fastapi-backend/test/plugin.test.ts": "b419c4eb2048d2710a3ba986093a1d668c2e4cc19b9e19b19a6c62c5c1b40c33",
};

describe("The plugins of examples/plugins", () => {
  for (const name of ["your-plugin", "fastapi-backend"]) {
    it(`have a manifest without faults: ${name}`, async () => {
      const file = join(repositoryRoot, "examples/plugins", name, ".claude-plugin/plugin.json");
      checkManifest(await readFile(file, "utf8"), file);
    });
  }

  for (const [file, original] of Object.entries(originals)) {
    it(`are as the guide has them, apart from the imports: ${file}`, async () => {
      const text = await readFile(join(repositoryRoot, "examples/plugins", file), "utf8");
      assert.match(text, /from 'kiro-bridge\/plugin';/);
      const body = text.replaceAll(/^import [\s\S]*?;\n/gm, "").trim();
      assert.equal(createHash("sha256").update(body).digest("hex"), original);
    });
  }
});
