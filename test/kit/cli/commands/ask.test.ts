import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";

interface Step {
  readonly type: string;
  readonly text?: string;
  readonly executionId?: string;
  readonly message?: string;
}

const SIMULATED = "(the built-in simulator answered, not Kiro CLI)\n";

describe("kiro-bridge ask", () => {
  let bridge: CliBridge;
  before(async () => {
    bridge = await CliBridge.start();
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  function stepsOf(stdout: string): Step[] {
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Step);
  }

  async function statusOfLast(): Promise<unknown> {
    const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
    return (json as { executions: { status: unknown }[] }).executions[0]?.status;
  }

  it("prints the answer, and nothing else on stdout", async () => {
    const result = await bridge.run(["ask", fakeSay("One \x1b[2J line\nand another"), "--session", "say"]);
    assert.equal(result.code, 0);
    assert.match(result.stdout, /^One .* line\nand another\n$/);
    assert.ok(!result.stdout.includes("\x1b"));
    assert.equal(result.stderr, SIMULATED);
  });

  it("reads the prompt from stdin", async () => {
    const { code, stdout } = await bridge.run(["ask", "-", "--quiet"], { input: `${fakeSay("from stdin")}\n` });
    assert.deepEqual([code, stdout], [0, "from stdin\n"]);
    assert.equal((await bridge.run(["ask", "-"], { input: " \n" })).code, 64);
    assert.equal((await bridge.run(["ask", "-", "--token-stdin"], { input: "x\n" })).code, 64);
  });

  it("prints one JSON object per step for programs, the last one with the whole answer", async () => {
    const { code, stdout } = await bridge.run(["ask", "Hello", "--json"]);
    const steps = stepsOf(stdout);
    const text = steps.flatMap((step) => (step.type === "delta" ? (step.text ?? "") : [])).join("");
    assert.equal(code, 0);
    assert.deepEqual([steps[0]?.type, steps.at(-1)?.type], ["started", "done"]);
    assert.notEqual(text, "");
    assert.equal(steps.at(-1)?.message, text);
  });

  it("does not print what the CLI takes back where nobody reads along", async () => {
    const streamed = await bridge.run(["ask", fake("discard"), "--session", "back", "--json"]);
    assert.ok(stepsOf(streamed.stdout).some(({ type }) => type === "retract"));
    const { stdout } = await bridge.run(["ask", fake("discard"), "--session", "back2", "--quiet"]);
    assert.equal(stdout, `${stepsOf(streamed.stdout).at(-1)?.message?.trimEnd()}\n`);
  });

  it("prints the JSON of the answer if it matches a schema, and fails if not", async () => {
    const schema = join(bridge.folder, "schema.json");
    await writeFile(schema, JSON.stringify({ type: "object", required: ["verdict"] }));
    const args = ["--schema", schema, "--session", "schema"];
    const right = await bridge.run(["ask", fakeSay('```json\n{"verdict": "good"}\n```'), ...args]);
    assert.deepEqual([right.code, JSON.parse(right.stdout)], [0, { verdict: "good" }]);
    const wrong = await bridge.run(["ask", fakeSay("no JSON here"), ...args]);
    assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
    assert.match(wrong.stderr, /no JSON here\nfailed: The answer contains no JSON/);
  });

  it("refuses a schema that it cannot read", async () => {
    const file = join(bridge.folder, "broken.json");
    await writeFile(file, "[");
    assert.equal((await bridge.run(["ask", "x", "--schema", file])).code, 64);
    assert.equal((await bridge.run(["ask", "x", "--schema", `${file}-missing`])).code, 64);
  });

  it("ends with 1 if the CLI fails, and with 4 after --timeout", async () => {
    const failed = await bridge.run(["ask", `Break ${fake("crash")}`, "--session", "crash"]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^failed: .*exit code 1/m);
    const late = await bridge.run(["ask", fake("hang", { words: 0 }), "--session", "late", "--timeout", "300ms"]);
    assert.equal(late.code, 4);
  });

  it("ends with 1 at a question without a terminal, cancels the prompt, and names the way out", async () => {
    const { code, stderr } = await bridge.run(["ask", `May I ${fake("tool")}`, "--session", "q"]);
    assert.equal(code, 1);
    assert.match(stderr, /error: It has a question, and there is no terminal to ask at: .* \(Yes \| Always \| No\)\n/);
    assert.match(stderr, /--answer allow/);
    assert.equal(await statusOfLast(), "cancelled");
    const json = await bridge.run(["ask", `May I ${fake("tool")}`, "--session", "q", "--json"]);
    const last = JSON.parse(json.stdout.trimEnd().split("\n").at(-1) ?? "") as { error: { exitCode: number } };
    assert.deepEqual([json.code, last.error.exitCode], [1, 1]);
  });

  it("answers questions by --answer, with the choice of that kind or that text", async () => {
    const answers = ["allow", "reject", "Always"];
    const results = await Promise.all(
      answers.map((answer) =>
        bridge.run(["ask", `May I ${fake("tool")}`, "--session", answer, "--answer", answer, "--json"]),
      ),
    );
    const given = results.map(({ stdout }) => stepsOf(stdout).find(({ type }) => type === "input-accepted"));
    assert.deepEqual(
      given.map((step) => (step as { inputValue?: string } | undefined)?.inputValue),
      ["Yes", "No", "Always"],
    );
  });

  it("cancels the prompt on the bridge at Ctrl+C, and ends with 130", async () => {
    const run = await bridge.start(["ask", fake("long", { words: 100_000, chunkMs: 1 }), "--session", "c", "--json"]);
    await run.printed('"delta"');
    run.signal("SIGINT");
    const { code, stdout } = await run.ended;
    assert.equal(code, 130);
    const executionId = stepsOf(stdout).find((step) => step.executionId !== undefined)?.executionId;
    const { json } = await bridge.bridge.call(`/api/kiro/executions/${executionId}`);
    assert.equal((json as { status: string }).status, "cancelled");
  });

  it("ends at once at the second Ctrl+C", async () => {
    const run = await bridge.start(["ask", fake("cancel-ignored"), "--session", "deaf"]);
    await bridge.whenRunning();
    run.signal("SIGINT");
    await run.printed("Cancelling");
    run.signal("SIGINT");
    assert.equal((await run.ended).code, 130);
  });
});
