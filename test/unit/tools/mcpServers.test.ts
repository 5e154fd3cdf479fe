import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { Policy } from "../../../src/core/commands/policy.ts";
import type { Execution } from "../../../src/core/executions/execution.ts";
import type { McpServerSettings } from "../../../src/core/models/agentSettings.ts";
import { McpServers } from "../../../src/tools/mcpServers/mcpServers.ts";
import type { ServerTool } from "../../../src/tools/servers/toolServers.ts";
import { ToolsTarget } from "../../../src/tools/servers/toolsTarget.ts";
import { type Core, makeCore } from "../../support/core.ts";
import { startTestBridge, TEST_TOKEN } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";
import { textOf, toolsRig } from "./toolsRig.ts";

const PROGRAM = join(import.meta.dirname, "../../support/programs/mcpServer.ts");
const program = (...args: readonly string[]): McpServerSettings => ({
  command: process.execPath,
  args: [PROGRAM, ...args],
  env: {},
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("The MCP servers of the user", function () {
  let store: DisposableStore;
  let settings: Record<string, McpServerSettings>;
  let isTrusted: boolean;

  beforeEach(() => {
    store = new DisposableStore();
    settings = { files: program() };
    isTrusted = true;
  });
  afterEach(() => store.dispose());

  function start(options: { connectMs?: number; policy?: Policy } = {}) {
    const { connectMs, policy = new Policy(["*"], []) } = options;
    const restarts = { firstDelayMs: 1, maxDelayMs: 1, maxCrashes: 5, coolDownMs: 60_000 };
    const guard = { watch: () => () => undefined };
    const deps = { cwd: import.meta.dirname, guard, logger: silentLogger, version: "0.1.0", restarts };
    const servers = store.add(new McpServers(() => settings, { ...deps, ...(connectMs && { connectMs }) }));
    const modules = [{ targets: [new ToolsTarget(servers, () => isTrusted)] }];
    return { servers, modules, core: makeCore({ modules, policy }) };
  }

  async function run({ dispatcher }: Core, tool: string, args: object = {}): Promise<Execution> {
    const execution = await dispatcher.submit({ command: `kiro.tools.${tool}`, params: [{ ...args }] });
    await execution.settled;
    return execution;
  }

  const never = new AbortController().signal;
  const namesOf = (tools: readonly ServerTool[]): string[] => tools.map(({ name }) => name);

  it("have their tools as commands, which are executions like all others", async () => {
    const { core, servers } = start();
    assert.deepEqual(servers.tools(), [], "no server is started before it is needed");
    const echoed = await run(core, "files.echo", { text: "hello" });
    assert.deepEqual([echoed.target, echoed.status, echoed.output.text], ["tools", "completed", "hello"]);
    assert.equal(core.catalog.has("kiro.tools.files.echo"), true);
    const [echo] = servers.tools();
    assert.deepEqual(
      [echo?.title, echo?.description, echo?.isReadOnly, echo?.parameters["type"]],
      ["Echo", "Returns its text.", true, "object"],
    );
    assert.equal((await run(core, "files.value")).output.text, '{"a":1}');
  });

  it("return what failed as the error of the execution", async () => {
    settings["missing"] = { command: "/no/such/program", args: [], env: {} };
    const { core } = start();
    const failures: [string, RegExp][] = [
      ["files.fail", /^It is broken\.$/],
      ["files.unknown", /unknown/],
      ["other.echo", /There is no MCP server 'other'/],
      ["missing.echo", /The MCP server 'missing' failed: .*was not found/],
    ];
    for (const [tool, error] of failures) {
      const { status, end } = await run(core, tool);
      assert.equal(status, "failed");
      assert.match(end.error ?? "", error);
    }
    await assert.rejects(core.dispatcher.submit({ command: "kiro.tools.files.echo", args: ["text"] }), /params/);
    await assert.rejects(core.dispatcher.submit({ command: "other", target: "tools" }), /kiro\.tools/);
  });

  it("obey the policy, and are not used in untrusted workspaces", async () => {
    const { core, servers } = start({ policy: new Policy(["*"], ["kiro.tools.files.*"]) });
    await assert.rejects(run(core, "files.echo", { text: "x" }), /is not allowed for programs/);
    isTrusted = false;
    await assert.rejects(run(start().core, "files.echo", { text: "x" }), /trusted workspace/);
    assert.deepEqual(servers.tools(), []);
  });

  it("are tools of a model, each call of which is a child of the turn", async () => {
    const { servers, modules } = start();
    const rig = toolsRig({ modules, deps: { servers } });
    const turn = await rig.prompt();
    const tool = turn.tools.list.find(({ name }) => name === "files_echo");
    assert.deepEqual([tool?.isReadOnly, tool?.description], [true, "Returns its text."]);
    const result = await turn.call("files_echo", { text: "for the model" });
    assert.equal(textOf(result), "for the model");
    const child = [...rig.core.executions.all.values()].find(({ parentId }) => parentId === turn.execution.id);
    assert.deepEqual([child?.target, child?.task.command], ["tools", "kiro.tools.files.echo"]);
    const asked = turn.call("files_fail");
    const { prompt } = await turn.question();
    assert.equal(prompt, "gpt asks for permission: files: fail (execute)\nfiles_fail {}");
    await turn.answer("Reject");
    assert.equal((await asked).isError, true);
    await turn.end();
  });

  it("are started again after they have ended, and not for a minute after five failures in a row", async () => {
    const { core } = start();
    const first = await run(core, "files.pid");
    assert.match((await run(core, "files.exit")).end.error ?? "", /has ended|closed/i);
    const second = await run(core, "files.pid");
    assert.equal(second.status, "completed");
    assert.notEqual(second.output.text, first.output.text);
    settings = { broken: { command: process.execPath, args: ["-e", "process.exit(1)"], env: {} } };
    const crashed = start();
    const errors: string[] = [];
    for (let count = 0; count < 6; count++) errors.push((await run(crashed.core, "broken.echo")).end.error ?? "");
    assert.match(errors[5] ?? "", /failed 5 times in a row/);
  });

  it("are given up if they do not answer in time", async () => {
    settings = { silent: { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], env: {} } };
    const { servers, core } = start({ connectMs: 50 });
    assert.deepEqual(await servers.ready(never), []);
    assert.match((await run(core, "silent.echo")).end.error ?? "", /^The MCP server 'silent' failed: .*timeout/i);
  });

  it("can be cancelled in the middle of a call, and go on", async () => {
    const { core } = start();
    const before = await run(core, "files.pid");
    const hanging = await core.dispatcher.submit({ command: "kiro.tools.files.hang" });
    await core.dispatcher.cancel(hanging.id);
    assert.equal(hanging.status, "cancelled");
    assert.equal((await run(core, "files.pid")).output.text, before.output.text);
  });

  it("tell when they have other tools", async () => {
    const { core, servers } = start();
    await servers.ready(never);
    assert.equal(namesOf(servers.tools()).includes("grown"), false);
    await run(core, "files.grow");
    await until(() => namesOf(servers.tools()).includes("grown"), "the new tool");
    assert.equal(core.catalog.has("kiro.tools.files.grown"), true);
  });

  it("have at most 64 tools together", async () => {
    settings = { a: program("50"), b: program("50") };
    assert.equal((await start().servers.ready(never)).length, 64);
  });

  it("end with their process groups, when the setting or the bridge ends them", async () => {
    settings["second"] = program();
    const { core, servers } = start();
    const pids: number[] = [];
    for (const tool of ["files.pid", "files.descend", "second.pid", "second.descend"])
      pids.push(Number((await run(core, tool)).output.text));
    assert.deepEqual(pids.map(isAlive), [true, true, true, true]);
    delete settings["second"];
    await servers.ready(never);
    await until(() => !pids.slice(2).some(isAlive), "the end of the server that is not in the setting any more");
    assert.deepEqual(pids.slice(0, 2).map(isAlive), [true, true]);
    await servers.dispose();
    await until(() => !pids.some(isAlive), "the end of all");
  });

  it("are reached over HTTP with the headers of the setting, and never by a redirect", async () => {
    const bridge = store.add(await startTestBridge());
    const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
    const target = `http://127.0.0.1:${bridge.port}/mcp`;
    const redirect = createServer((_request, response) => response.writeHead(307, { location: target }).end());
    await new Promise<void>((resolve) => redirect.listen(0, "127.0.0.1", resolve));
    store.defer(() => void redirect.close());
    const { port } = redirect.address() as AddressInfo;
    settings = {
      bridge: { url: target, headers },
      denied: { url: target, headers: {} },
      moved: { url: `http://127.0.0.1:${port}/mcp`, headers },
    };
    const { core } = start();
    const ran = await run(core, "bridge.run_command", { id: "test.echo", params: ["over HTTP"] });
    assert.equal(ran.output.text, "over HTTP");
    for (const tool of ["denied.run_command", "moved.run_command"])
      assert.equal((await run(core, tool, { id: "test.echo" })).status, "failed");
    assert.equal(bridge.core.executions.all.size, 1);
  });
});
