import assert from "node:assert/strict";
import { join } from "node:path";
import { findRuntime, runtimes } from "../support/runtimes.ts";
import { installProject, type InstalledProject, printed, version } from "./installedProject.ts";

describe("The command line of the npm package", () => {
  let project: InstalledProject;

  before(async () => {
    project = await installProject();
  });
  after(() => project.dispose());

  it("is installed as a command", async () => {
    const npm = await npx(project, "--version");
    assert.equal(npm.output.trim(), version, npm.errors);
    const status = printed(await npx(project, "--json", "status")) as { readonly status: string };
    assert.equal(status.status, "ready");
    const { code, output } = await npx(project, "exec", "test.echo", "hello");
    assert.deepEqual({ code, output: output.trim() }, { code: 0, output: "hello" });
  });

  it("runs on the lowest Node that the package names", async function () {
    const [lowest] = runtimes;
    assert.ok(lowest?.label.startsWith("Node 20.16") === true);
    const node = (await findRuntime(lowest)) ?? this.skip();
    const program = join(project.folder, "node_modules/kiro-bridge/cli.js");
    const { code, output, errors } = await project.run(node, program, "exec", "test.echo", "hello");
    assert.deepEqual({ code, output: output.trim() }, { code: 0, output: "hello" }, errors);
  });
});

/** Runs the command as npm has linked it. */
function npx(project: InstalledProject, ...args: readonly string[]): ReturnType<InstalledProject["run"]> {
  const command = join(project.folder, "node_modules/.bin", "kiro-bridge");
  return process.platform === "win32"
    ? project.run(process.env["ComSpec"] ?? "cmd.exe", "/d", "/c", `${command}.cmd`, ...args)
    : project.run(command, ...args);
}
