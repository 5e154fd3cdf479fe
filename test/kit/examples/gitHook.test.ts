import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { type GuideBridge, startGuideBridge } from "../../support/guides/guideBridge.ts";
import { Program, type ProgramEnd, runProgram } from "../../support/guides/program.ts";
import { until } from "../../support/until.ts";

const install = join(import.meta.dirname, "../../../examples/git-hook/install.mjs");

describe("examples/git-hook", () => {
  let guide: GuideBridge;
  let cwd: string;
  let env: NodeJS.ProcessEnv;

  const run = (command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> =>
    runProgram(command, args, { cwd, env: { ...env, ...more } });
  const commit = async (message: string, more: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> => {
    await writeFile(join(cwd, "file.txt"), message);
    await run("git", ["add", "."]);
    return run("git", ["commit", "-m", message], more);
  };
  const lastMessage = async (): Promise<string> => (await run("git", ["log", "-1", "--format=%s"])).stdout.trim();
  /** Of the latest execution. */
  const latest = async (): Promise<string> => (await guide.bridge.call("/api/kiro/executions?limit=1")).text;

  before(async function () {
    if (process.platform === "win32") this.skip();
    guide = await startGuideBridge();
    cwd = join(guide.folder, "repository");
    await mkdir(cwd);
    const you = { NAME: "You", EMAIL: "you@example.invalid" };
    const names = ["AUTHOR", "COMMITTER"].flatMap((role) =>
      Object.entries(you).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    );
    env = { ...guide.env, ...Object.fromEntries(names), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    await run("git", ["init", "-q", "-b", "main"]);
    const { code, stdout } = await run(process.execPath, [install]);
    assert.equal(code, 0);
    assert.match(stdout, /^Installed .*commit-msg/);
  });

  after(() => guide?.dispose());

  it("lets a commit pass that Kiro agrees with", async () => {
    const { code, stderr } = await commit("Add the file");
    assert.equal(code, 0, stderr);
    assert.equal(await lastMessage(), "Add the file");
    assert.match(await latest(), /Message:\\nAdd the file.*\+Add the file.*"status":"completed"/s);
  });

  it("prints the problem and keeps a commit back that Kiro objects to", async () => {
    const verdict = fakeSay('{"fits":false,"problem":"the message says nothing"}');
    const { code, stderr } = await commit(`Update ${verdict}`);
    assert.equal(code, 1);
    assert.match(stderr, /^Kiro: the message says nothing$/m);
    assert.doesNotMatch(await lastMessage(), /Update/);
    assert.equal((await commit(`Update ${verdict}`, { KIRO_SKIP: "1" })).code, 0);
    assert.match(await lastMessage(), /^Update/);
  });

  it("never blocks a commit without a bridge, or when it gets no verdict", async () => {
    const cases: [message: string, env: NodeJS.ProcessEnv, note: RegExp][] = [
      ["No bridge", { KIRO_BRIDGE_HOME: join(guide.folder, "nowhere") }, /ENOENT/],
      [`No JSON ${fakeSay("I do not know.")}`, {}, /JSON/],
      [`Question ${fake("tool")}`, {}, /asks for a permission/],
      [`Too late ${fake("hang")}`, { KIRO_HOOK_SECONDS: "1" }, /OPERATION_TIMEOUT/],
    ];
    for (const [message, more, note] of cases) {
      const { code, stderr } = await commit(message, more);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Kiro did not check the commit message: /m);
      assert.match(stderr, note);
      assert.equal(await lastMessage(), message);
    }
    await until(() => guide.bridge.core.executions.active.size === 0, "the end of all prompts");
  });

  it("cancels the prompt and the commit at Ctrl+C", async () => {
    const before = await lastMessage();
    const message = `Slow ${fake("hang")}`;
    await writeFile(join(cwd, "file.txt"), message);
    await run("git", ["add", "."]);
    const committing = new Program("git", ["commit", "-m", message], { cwd, env });
    await committing.until(() => guide.bridge.core.executions.active.size === 1, "the prompt");
    committing.signal("SIGINT");
    assert.notEqual((await committing.ended).code, 0);
    await until(() => guide.bridge.core.executions.active.size === 0, "the cancellation");
    assert.match(await latest(), /"status":"cancelled"/);
    assert.equal(await lastMessage(), before);
  });

  it("replaces no other hook, and removes only its own", async () => {
    const hook = join(cwd, ".git/hooks/commit-msg");
    assert.equal((await run(process.execPath, [install, "--remove"])).code, 0);
    assert.ok(!existsSync(hook));
    await writeFile(hook, "#!/bin/sh\n");
    const { code, stderr } = await run(process.execPath, [install]);
    assert.equal(code, 1);
    assert.match(stderr, /is another hook/);
    await run(process.execPath, [install, "--remove"]);
    assert.ok(existsSync(hook));
  });
});
