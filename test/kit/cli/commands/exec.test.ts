import assert from "node:assert/strict";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";

describe("kiro-bridge exec", () => {
  let bridge: CliBridge;
  const held = Promise.withResolvers<string>();
  before(async () => {
    const commands = {
      "test.json": () => ({ a: [1, "\u009b2J"] }),
      "test.fails": () => {
        throw new Error("It is \x1b[31mred");
      },
      "test.held": () => held.promise,
    };
    bridge = await CliBridge.start({ commands });
  });
  after(async () => {
    held.resolve("released");
    await bridge.dispose();
    await removeCliBundle();
  });

  /** The execution that a command line has started last. */
  async function lastExecution(): Promise<Record<string, unknown>> {
    const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
    return (json as { executions: Record<string, unknown>[] }).executions[0] ?? {};
  }

  it("prints what the command returns, and nothing else", async () => {
    const result = await bridge.run(["exec", "test.echo", "a line\nand \x1b[31mthe next"]);
    assert.deepEqual(result, { code: 0, stdout: "a line\nand \\x1b[31mthe next\n", stderr: "" });
  });

  it("sends arguments that begin with - after --", async () => {
    const { stdout } = await bridge.run(["exec", "test.echo", "--", "--json"]);
    assert.equal(stdout, "--json\n");
  });

  it("prints one document with the exact result for programs", async () => {
    const { code, stdout } = await bridge.run(["exec", "test.json", "--json"]);
    const { success, status, result, output, executionId, exitCode } = JSON.parse(stdout);
    assert.deepEqual([code, success, status, exitCode], [0, true, "completed", 0]);
    assert.deepEqual(result, { a: [1, "\u009b2J"] });
    assert.equal(typeof output, "string");
    assert.match(executionId, /^exec-/);
  });

  it("sends typed arguments, and refuses what is no list of them", async () => {
    const { stdout } = await bridge.run(["exec", "test.echo", "--params", '[{"n": 1.5}]', "--json"]);
    assert.deepEqual(JSON.parse(stdout).result, { n: 1.5 });
    const wrong = ["{}", "[1", "1"].map((params) => bridge.run(["exec", "test.echo", "--params", params]));
    assert.deepEqual(
      (await Promise.all(wrong)).map(({ code }) => code),
      [64, 64, 64],
    );
    assert.equal((await bridge.run(["exec", "test.echo", "a", "--params", "[]"])).code, 64);
  });

  it("ends with 1 if the command fails, and says why", async () => {
    const { code, stdout, stderr } = await bridge.run(["exec", "test.fails", "--quiet"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^failed: .*It is \\x1b\[31mred exec-/);
    const json = await bridge.run(["exec", "test.fails", "--json"]);
    const document = JSON.parse(json.stdout);
    assert.deepEqual([document.success, document.exitCode, json.code], [false, 1, 1]);
  });

  it("ends with 1 for a command that does not exist, and names similar ones", async () => {
    const { code, stderr } = await bridge.run(["exec", "test.ecko"]);
    assert.equal(code, 1);
    assert.match(stderr, /test\.echo/);
  });

  it("ends with 1 for a window that does not exist, before anything runs", async () => {
    const { code, stderr } = await bridge.run(["exec", "test.echo", "--window", "nobody"]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: /);
  });

  it("ends with 3 if the policy denies the command, and names the setting", async () => {
    bridge.bridge.core.policy.reconfigure(["*"], ["test.json"]);
    try {
      const { code, stderr } = await bridge.run(["exec", "test.json"]);
      assert.equal(code, 3);
      assert.match(stderr, /kiroBridge\.commands\.deny/);
    } finally {
      bridge.bridge.core.policy.reconfigure(["*"], []);
    }
  });

  it("ends with 4 after --timeout", async () => {
    const { code } = await bridge.run(["exec", "test.held", "--timeout", "100ms"]);
    assert.equal(code, 4);
  });

  it("prints the ID of the execution at once with --async", async () => {
    const { code, stdout } = await bridge.run(["exec", "test.echo", "later", "--async"]);
    assert.equal(code, 0);
    assert.match(stdout, /^exec-\S+\n$/);
    const json = await bridge.run(["exec", "test.echo", "later", "--async", "--json"]);
    assert.match(JSON.parse(json.stdout).executionId, /^exec-/);
  });

  it("runs once for one key", async () => {
    const args = ["exec", "test.echo", "once", "--key", "one-key", "--json"];
    const results = [await bridge.run(args), await bridge.run(args)].map(
      ({ stdout }) => JSON.parse(stdout).executionId,
    );
    assert.equal(results[0], results[1]);
  });

  it("cancels a prompt with Ctrl+C, and ends with 130", async () => {
    const run = await bridge.start(["exec", `Hold ${fake("hang", { words: 0 })}`, "--target", "cli", "--session", "c"]);
    const id = await bridge.whenRunning();
    run.signal("SIGINT");
    const { code, stderr } = await run.ended;
    assert.equal(code, 130);
    assert.match(stderr, /^Cancelling… .*\ncancelled exec-/);
    const { json } = await bridge.bridge.call(`/api/kiro/executions/${id}`);
    assert.equal((json as { status: string }).status, "cancelled");
  });

  it("says that a command of the editor goes on after Ctrl+C", async () => {
    const run = await bridge.start(["exec", "test.held"]);
    const id = await bridge.whenRunning();
    run.signal("SIGINT");
    const { code, stderr } = await run.ended;
    assert.equal(code, 130);
    assert.match(stderr, new RegExp(`cannot stop a command: ${id} goes on`));
  });

  it("ends with 1 at a question without a terminal, cancels it, and names the way out", async () => {
    const { code, stderr } = await bridge.run(["exec", "kiro.cli.chat", `May I ${fake("tool")}`, "--session", "q"]);
    assert.equal(code, 1);
    assert.match(stderr, /error: It has a question, and there is no terminal.*\n.*--answer allow/);
    const { status } = await lastExecution();
    assert.equal(status, "cancelled");
  });

  it("answers questions by --answer", async () => {
    const ask = (answer: string): Promise<{ readonly code: number | null }> =>
      bridge.run(["exec", "kiro.cli.chat", `May I ${fake("tool")}`, "--session", answer, "--answer", answer]);
    const [allowed, rejected, odd] = await Promise.all([ask("allow"), ask("reject"), ask("no such choice")]);
    assert.deepEqual([allowed.code, rejected.code, odd.code], [0, 0, 1]);
  });
});
