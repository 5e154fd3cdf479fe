import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../../../../src/base/logger.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { isAlive } from "../../../../../src/core/processes.ts";
import type { PluginManifest } from "../../../../../src/plugins/manifest/pluginManifest.ts";
import { SupervisedPlugin, type SupervisorDeps } from "../../../../../src/plugins/hub/process/supervisedPlugin.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";

const isWindows = process.platform === "win32";
const fast = { firstDelayMs: 1, maxDelayMs: 5, maxCrashes: 3, windowMs: 600_000 };

describe("The process of a plugin", () => {
  let folder: string;
  let plugin: SupervisedPlugin | undefined;
  let granted: string[];
  let revoked: string[];
  let watched: number[];

  beforeEach(async () => {
    folder = await temporaryFolder();
    granted = [];
    revoked = [];
    watched = [];
  });

  afterEach(async () => {
    await plugin?.dispose();
    plugin = undefined;
    await removeFolder(folder);
  });

  async function supervise(
    script: string,
    more: Partial<PluginManifest> = {},
    deps: Partial<SupervisorDeps> = {},
  ): Promise<SupervisedPlugin> {
    await writeFile(join(folder, "main.cjs"), script);
    const manifest = { name: "a-plugin", version: "1.0.0", main: "main.cjs", ...more };
    plugin = new SupervisedPlugin(folder, manifest, {
      guard: {
        watch: (pid) => {
          watched.push(pid);
          return () => void watched.splice(watched.indexOf(pid), 1);
        },
      },
      grant: async (_name, scopes) => {
        const token = `token-${granted.length}`;
        granted.push(scopes.join(" "));
        return { token, revoke: async () => void revoked.push(token) };
      },
      url: () => "http://127.0.0.1:1",
      discoveryFolder: "/home/.kiro-bridge",
      logger: silentLogger,
      limits: fast,
      ...deps,
    });
    return plugin;
  }

  const stays = "setInterval(() => undefined, 1000);";
  const lines = (of: SupervisedPlugin) => of.output.tail();
  const kind = (of: SupervisedPlugin) => of.state.kind;

  it("runs in the folder, with the address, a token of its own, and the arguments and variables of the manifest", async () => {
    const script = `const { KIRO_BRIDGE_URL, KIRO_BRIDGE_HOME, KIRO_BRIDGE_PLUGIN, KIRO_BRIDGE_PLUGIN_TOKEN, LEVEL } = process.env;
      console.log(JSON.stringify([process.cwd(), process.argv.slice(2), KIRO_BRIDGE_URL, KIRO_BRIDGE_HOME,
        KIRO_BRIDGE_PLUGIN, KIRO_BRIDGE_PLUGIN_TOKEN, LEVEL, "VSCODE_PID" in process.env, "KIRO_BRIDGE_TOKEN" in process.env]));
      ${stays}`;
    process.env["VSCODE_PID"] = "1";
    process.env["KIRO_BRIDGE_TOKEN"] = "of the owner";
    try {
      const running = await supervise(script, { args: ["x", "a b"], env: { LEVEL: "debug" } });
      await running.start();
      await until(() => lines(running).length > 0, "its output");
      const own = ["http://127.0.0.1:1", "/home/.kiro-bridge", "a-plugin", "token-0", "debug"];
      assert.deepEqual(JSON.parse(lines(running)[0] ?? ""), [folder, ["x", "a b"], ...own, false, false]);
      assert.equal(watched.length, 1);
    } finally {
      delete process.env["VSCODE_PID"];
      delete process.env["KIRO_BRIDGE_TOKEN"];
    }
  });

  it("gets the scopes of its manifest and no others", async () => {
    const messagebus = { topics: ["orders.created"], subscriptions: ["orders.**"] };
    const sharing = { imports: ["jira/issues", { plugin: "crm", name: "customers" }] };
    const more = { communication: { messagebus }, stateManagement: { sharing } };
    const running = await supervise(stays, more);
    await running.start();
    assert.deepEqual(
      granted[0]?.split(" ").toSorted(),
      [
        "bus:publish:orders/created",
        "bus:publish:plugin/*/health",
        "bus:publish:plugin/*/request",
        "bus:publish:plugin/*/rpc",
        "bus:publish:plugin/a-plugin/**",
        "bus:publish:plugins/list",
        "bus:publish:state/a-plugin/**",
        "bus:subscribe:orders/**",
        "bus:subscribe:plugin/a-plugin/**",
        "bus:subscribe:plugins/changed",
        "bus:subscribe:routing/**",
        "bus:subscribe:state/a-plugin/**",
        "bus:subscribe:state/crm/exported",
        "bus:subscribe:state/jira/exported",
        "bus:subscribe:system/**",
      ].toSorted(),
    );
  });

  it("ends with all that it started, also when it ignores the signal, and its token ends too", async function () {
    if (isWindows) this.skip();
    const child = "require('node:child_process').spawn('sleep', ['1000'], { stdio: 'ignore' }).pid";
    const running = await supervise(`process.on("SIGTERM", () => undefined); console.log(${child}); ${stays}`);
    await running.start();
    await until(() => lines(running).length > 0, "its output");
    const pids = [...watched, Number(lines(running)[0])];
    await running.dispose();
    await until(() => !pids.some(isAlive), "the end of all processes");
    assert.deepEqual(revoked, ["token-0"]);
    assert.deepEqual(watched, []);
  });

  it("may end in its own way", async function () {
    if (isWindows) this.skip();
    const file = join(folder, "ended");
    const end = `require("node:fs").writeFileSync(${JSON.stringify(file)}, "in order"); process.exit(0);`;
    const running = await supervise(`process.on("SIGTERM", () => { ${end} }); console.log("ready"); ${stays}`);
    await running.start();
    await until(() => lines(running).length > 0, "its output");
    await running.stop();
    assert.equal(await readFile(file, "utf8"), "in order");
    assert.equal(kind(running), "stopped");
  });

  it("is restarted after a crash, with a new token, until it crashes too often", async () => {
    const running = await supervise("console.log('began'); process.exit(3);");
    const kinds: string[] = [];
    running.onDidChange(() => kinds.push(kind(running)));
    await running.start();
    await until(() => kind(running) === "failed", "the last crash");
    const once = ["starting", "running"];
    assert.deepEqual(kinds, [...once, "restarting", ...once, "restarting", ...once, "failed"]);
    assert.deepEqual(running.state, { kind: "failed", detail: "It ended with code 3. It crashed 3 times." });
    await until(() => revoked.length === 3, "the end of all tokens");
    assert.deepEqual(revoked, ["token-0", "token-1", "token-2"]);
    assert.deepEqual(lines(running), ["began", "began", "began"]);
  });

  it("starts again after that when the user says so", async () => {
    const marker = join(folder, "fixed");
    const fixed = `require("node:fs").existsSync(${JSON.stringify(marker)})`;
    const running = await supervise(`if (!${fixed}) process.exit(1); ${stays}`);
    await running.start();
    await until(() => kind(running) === "failed", "the last crash");
    await writeFile(marker, "");
    await running.start();
    assert.equal(kind(running), "running");
  });

  it("is not restarted when it ends by itself, or when it was stopped", async () => {
    const running = await supervise("");
    await running.start();
    await until(() => kind(running) === "stopped", "its end");
    assert.deepEqual(running.state, { kind: "stopped", detail: "It has ended." });
    await writeFile(join(folder, "main.cjs"), "process.exit(1)");
    await running.start();
    await running.stop();
    assert.equal(kind(running), "stopped");
    assert.equal(revoked.length, granted.length);
  });

  it("that is killed in any way is restarted", async function () {
    if (isWindows) this.skip();
    const running = await supervise(`console.log(process.pid); ${stays}`);
    await running.start();
    await until(() => lines(running).length === 1, "its first start");
    process.kill(Number(lines(running)[0]), "SIGKILL");
    await until(() => lines(running).length === 2, "its second start");
    assert.equal(kind(running), "running");
  });

  it("reports a program that does not exist as a crash", async () => {
    const running = await supervise("", { main: undefined, command: "no-such-program-anywhere" });
    await running.start();
    await until(() => kind(running) === "failed", "the last try");
    assert.match(JSON.stringify(running.state), /could not be started.*ENOENT/);
    assert.equal(revoked.length, 3);
  });

  it("does not start a file that has become a link to the outside since its manifest was read", async () => {
    const inner = join(folder, "inner");
    await mkdir(inner);
    await writeFile(join(folder, "outside.cjs"), "console.log('escaped')");
    await symlink(join(folder, "outside.cjs"), join(inner, "main.cjs"));
    for (const more of [{ main: "main.cjs" }, { main: undefined, command: "./main.cjs" }]) {
      await supervise("");
      const deps = { url: () => "", discoveryFolder: "", guard: { watch: () => () => undefined }, limits: fast };
      const grant = async () => ({ token: "", revoke: async () => undefined });
      const other = new SupervisedPlugin(
        inner,
        { name: "a", version: "1.0.0", ...more },
        {
          ...deps,
          grant,
          logger: silentLogger,
        },
      );
      await other.start();
      await until(() => other.state.kind === "failed", "the last try");
      assert.match(JSON.stringify(other.state), /is not inside of the folder of the plugin/);
      assert.deepEqual(other.output.tail(), []);
      await other.dispose();
    }
  });

  it("writes its lines to the log, at most 100 per second, and cuts and counts the rest", async () => {
    const logged: string[] = [];
    let omitted = 0;
    const logger: Logger = {
      ...silentLogger,
      info: (_text, facts) => {
        if (typeof facts?.["line"] === "string") logged.push(facts["line"]);
        omitted += Number(facts?.["omitted"] ?? 0);
      },
    };
    const script = `console.log("x".repeat(1e6)); console.error("an error\\r");
      for (let at = 0; at < 5000; at++) console.log("line " + at); process.stdout.write("the end");`;
    const running = await supervise(script, {}, { logger });
    await running.start();
    await until(() => kind(running) === "stopped", "its end");
    assert.equal(logged.find((line) => line.startsWith("x"))?.length, 2001);
    assert.ok(logged.includes("an error"));
    assert.ok(logged.length < 5002, String(logged.length));
    assert.ok(logged.length + omitted <= 5003);
    assert.equal(lines(running).length, 200);
    assert.equal(lines(running).at(-1), "the end");
  });
});
