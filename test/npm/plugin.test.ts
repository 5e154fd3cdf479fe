import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ProcessBuses } from "../../src/plugins/sdk/processBuses.ts";
import { RpcClient } from "../../src/plugins/rpc/rpcClient.ts";
import { repositoryRoot } from "../support/editor/paths.ts";
import { Program } from "../support/guides/program.ts";
import { findRuntime, runtimes } from "../support/runtimes.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { installProject, type InstalledProject } from "./installedProject.ts";

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

describe("The SDK of plugins in the npm package", () => {
  let project: InstalledProject;

  before(async () => {
    project = await installProject();
    // Inside of the project, where the package is found.
    const { code, errors } = await project.run(process.execPath, cli(project), "plugin", "new", "my-plugin");
    assert.equal(code, 0, errors);
  });
  after(() => project.dispose());

  it("runs the test of a new plugin, on this Node and on the lowest that the package names", async function () {
    const folder = join(project.folder, "my-plugin");
    const { version } = JSON.parse(
      await readFile(join(project.folder, "node_modules/kiro-bridge/package.json"), "utf8"),
    );
    const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    assert.deepEqual(dependencies, { "kiro-bridge": `^${version}` });
    const test = join(folder, "test/plugin.test.mjs");
    const { code, output, errors } = await project.run(process.execPath, "--test", test);
    assert.equal(code, 0, output + errors);
    assert.match(output, /pass 1/);
    const [lowest] = runtimes;
    const node = (lowest && (await findRuntime(lowest))) ?? this.skip();
    const old = await project.run(node, "--test", test);
    assert.equal(old.code, 0, old.output + old.errors);
    assert.match(old.output, /pass 1/);
  });

  it("runs a new plugin on a bridge, which it finds: it answers calls until it gets SIGTERM", async () => {
    await runOnBridge(process.execPath);
  });

  it("does so on the lowest Node that the package names", async function () {
    const [lowest] = runtimes;
    await runOnBridge((lowest && (await findRuntime(lowest))) ?? this.skip());
  });

  async function runOnBridge(node: string): Promise<void> {
    const { bridge, env, folder } = project;
    const cwd = join(folder, "my-plugin");
    const program = new Program(node, ["main.mjs"], { cwd, env });
    await program.until(() => program.stdout.includes("my-plugin is ready."), "its start");
    const buses = new ProcessBuses({});
    await buses.connect({ url: bridge.server.url, token: TEST_TOKEN });
    const client = new RpcClient(buses.get("caller").participant, "plugin://my-plugin/rpc");
    assert.deepEqual(await client.call("greet", { who: "Ada" }), { text: "Hello, Ada!" });
    buses.reset();
    program.signal("SIGTERM");
    const { code, stderr } = await program.ended;
    assert.deepEqual([code, stderr], [0, ""]);
  }

  it("has the same message buses in an ES module and in CommonJS", async () => {
    const program = join(project.folder, "both.mjs");
    await writeFile(
      program,
      `import { createRequire } from "node:module";
       import { getMessageBus, RPCServer } from "kiro-bridge/plugin";
       const { RPCClient, getMessageBus: ofCommonJs } = createRequire(import.meta.url)("kiro-bridge/plugin");
       new RPCServer("plugin://one/rpc").register("ping", () => "pong");
       console.log(await new RPCClient("plugin://one/rpc").call("ping"), getMessageBus("one") === ofCommonJs("one"));`,
    );
    const { code, output, errors } = await project.run(process.execPath, program);
    assert.deepEqual([code, output, errors], [0, "pong true\n", ""]);
  });

  for (const example of ["your-plugin", "fastapi-backend"]) {
    it(`compiles examples/plugins/${example} by its own build, and runs it`, async () => {
      const folder = join(project.folder, example);
      await cp(join(repositoryRoot, "examples/plugins", example), folder, { recursive: true });
      const types = ["--typeRoots", join(repositoryRoot, "node_modules/@types")];
      const built = await project.run(process.execPath, compiler, "-p", folder, "--skipLibCheck", "false", ...types);
      assert.equal(built.code, 0, built.output);
      const { main } = JSON.parse(await readFile(join(folder, ".claude-plugin/plugin.json"), "utf8"));
      const { code, output, errors } = await project.run(process.execPath, join(folder, main));
      assert.deepEqual([code, errors], [0, ""]);
      assert.match(output, /Ready!|ready!/);
    });
  }
});

function cli({ folder }: InstalledProject): string {
  return join(folder, "node_modules/kiro-bridge/cli.js");
}
