import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { type GuideBridge, startGuideBridge } from "../../support/guides/guideBridge.ts";
import { Program, type ProgramEnd, runProgram } from "../../support/guides/program.ts";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const example = join(import.meta.dirname, "../../../examples/ci-review");

const rejection = fakeSay(
  JSON.stringify({
    verdict: "reject",
    summary: "One defect.",
    findings: [{ file: "a,b.ts", line: 3, problem: "wrong\n::stop-commands::x" }],
  }),
);

describe("examples/ci-review", () => {
  let guide: GuideBridge;
  let script: string;

  before(async () => {
    guide = await startGuideBridge();
    script = join(guide.folder, "review.mjs");
    await copyFile(join(example, "review.mjs"), script);
  });

  after(() => guide.dispose());

  const start = (input: string, env: NodeJS.ProcessEnv = {}): Program =>
    new Program(process.execPath, [script], { cwd: guide.folder, env: { ...guide.env, ...env }, input });
  const review = (input: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> => start(input, env).ended;
  const latest = async (): Promise<string> => (await guide.bridge.call("/api/kiro/executions?limit=1")).text;

  it("exits with 0 for a change that Kiro approves, and for no change", async () => {
    const { code, stdout, stderr } = await review("+const a = 1;\n");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Kiro: approve\. /);
    assert.match(await latest(), /\+const a = 1;/);
    const { code: none, stdout: nothing } = await review("\n");
    assert.deepEqual([none, nothing], [0, "There is nothing to review.\n"]);
  });

  it("exits with 1 for a change that Kiro rejects, and prints its findings", async () => {
    const { code, stdout } = await review(`+${rejection}\n`);
    assert.equal(code, 1);
    assert.equal(stdout, "Kiro: reject. One defect.\n- a,b.ts:3: wrong%0A::stop-commands::x\n");
  });

  it("writes annotations for GitHub Actions that cannot form other commands", async () => {
    const { stdout } = await review(`+${rejection}\n`, { GITHUB_ACTIONS: "true" });
    assert.match(stdout, /^::warning file=a%2Cb\.ts,line=3::wrong%0A::stop-commands::x$/m);
    assert.doesNotMatch(stdout, /^::stop/m);
  });

  it("uses a token of its own from the environment", async () => {
    const env = { KIRO_BRIDGE_HOME: join(guide.folder, "nowhere"), KIRO_BRIDGE_URL: guide.bridge.server.url };
    assert.equal((await review("+const a = 1;\n", { ...env, KIRO_BRIDGE_TOKEN: TEST_TOKEN })).code, 0);
    const { code, stderr } = await review("+const a = 1;\n", { ...env, KIRO_BRIDGE_TOKEN: "wrong" });
    assert.equal(code, 3);
    assert.match(stderr, /^AUTHENTICATION_FAILED: /);
  });

  it("exits with 2 without a bridge", async () => {
    const { code, stderr } = await review("+a\n", { KIRO_BRIDGE_HOME: join(guide.folder, "nowhere") });
    assert.equal(code, 2, stderr);
  });

  it("exits with 3 without a verdict, and allows no tool", async () => {
    const { code, stderr } = await review(`+${fakeSay("I do not know.")}\n`);
    assert.equal(code, 3);
    assert.match(stderr, /^Kiro gave no verdict: /);
    const asked = await review(`+${fake("tool")}\n`);
    assert.equal(asked.code, 3);
    assert.match(asked.stderr, /^Kiro asks: /m);
    assert.match(await latest(), /"status":"cancelled"/);
  });

  it("cancels the prompt at Ctrl+C, and exits with 130", async () => {
    const program = start(`+${fake("hang")}\n`);
    await program.until(async () => /hang.*"status":"running"/.test(await latest()), "the prompt");
    program.signal("SIGINT");
    assert.equal((await program.ended).code, 130);
    await until(() => guide.bridge.core.executions.active.size === 0);
    assert.match(await latest(), /"status":"cancelled"/);
  });

  it("is a step of a workflow that fails with it", async () => {
    const workflow = await readFile(join(example, "kiro-review.yml"), "utf8");
    const [, step = ""] = workflow.split("        run: |\n");
    const lines = step
      .split("\n")
      .map((line) => line.trim().replace("node examples/ci-review/review.mjs", `node ${script}`));
    const fakeGit = `git() { printf '+%s\\n' '${rejection}'; }`;
    const bash = await runProgram("bash", ["-e", "-c", [fakeGit, ...lines].join("\n")], {
      cwd: guide.folder,
      env: { ...guide.env, BASE: "main" },
    });
    assert.equal(bash.code, 1, bash.stderr);
    assert.match(bash.stdout, /^Kiro: reject\./);
    assert.doesNotMatch(step, /\$\{\{/, "expressions in a script are injected text");
  });
});
