import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import { type GuideBridge, startGuideBridge } from "../../support/guides/guideBridge.ts";
import { isInstalled, Program, type ProgramEnd, runProgram } from "../../support/guides/program.ts";

const script = join(import.meta.dirname, "../../../examples/python-script/release_notes.py");

describe("examples/python-script", () => {
  let guide: GuideBridge;
  let cwd: string;
  let env: NodeJS.ProcessEnv;

  const run = (args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> =>
    runProgram("python3", [script, ...args], { cwd, env: { ...env, ...more } });
  const commit = (message: string): Promise<ProgramEnd> =>
    runProgram("git", ["commit", "-q", "--allow-empty", "-m", message], { cwd, env });
  const latest = async (): Promise<string> => (await guide.bridge.call("/api/kiro/executions?limit=1")).text;

  before(async function () {
    if (!(await isInstalled("python3", process.env))) this.skip();
    guide = await startGuideBridge();
    cwd = join(guide.folder, "repository");
    await mkdir(cwd);
    const you = { NAME: "You", EMAIL: "you@example.invalid" };
    const names = ["AUTHOR", "COMMITTER"].flatMap((role) =>
      Object.entries(you).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    );
    env = { ...guide.env, ...Object.fromEntries(names), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    await runProgram("git", ["init", "-q", "-b", "main"], { cwd, env });
  });

  after(() => guide?.dispose());

  it("prints the answer to the commits alone, and exits with 0", async () => {
    await commit(`Add a button ${fakeSay("# Notes\n\nThere is a button, it's blue.")}`);
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "# Notes\n\nThere is a button, it's blue.\n");
    assert.match(await latest(), /Write release notes.*- Add a button/s);
  });

  it("denies a question where nobody can answer it", async () => {
    await commit(`Use a tool ${fake("tool")}`);
    const { code, stdout, stderr } = await run(["HEAD~1..HEAD"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\['Yes', 'Always', 'No'\]/);
    assert.match(stdout, /denied/);
  });

  it("cancels the prompt at Ctrl+C, and exits with 130", async () => {
    await commit(`Think ${fake("hang")}`);
    const program = new Program("python3", [script, "HEAD~1..HEAD"], { cwd, env });
    await program.until(async () => (await latest()).includes('"status":"running"'), "the prompt");
    program.signal("SIGINT");
    assert.equal((await program.ended).code, 130);
    assert.match(await latest(), /"status":"cancelled"/);
  });

  it("says what is wrong, and exits with 2 without a bridge and 1 without commits", async () => {
    const { code, stderr } = await run([], { KIRO_BRIDGE_HOME: join(guide.folder, "nowhere") });
    assert.equal(code, 2);
    assert.match(stderr, /^NETWORK_ERROR: /m);
    assert.equal((await run(["HEAD..HEAD"])).code, 1);
  });
});
