import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { cliBundle, removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { CliProcess } from "../../../support/cli/cliProcess.ts";

/** `script` of util-linux runs a command in a pseudo-terminal. */
const hasScript = /util-linux/.test(spawnSync("script", ["--version"]).stdout?.toString() ?? "");

describe("The command line on a terminal", () => {
  let bridge: CliBridge;
  before(async function () {
    if (!hasScript) this.skip();
    bridge = await CliBridge.start();
  });
  after(async () => {
    await bridge?.dispose();
    await removeCliBundle();
  });

  /** Everything that the terminal gets is on stdout. */
  async function inTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliProcess> {
    const words = [process.execPath, await cliBundle(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const options = { env: { ...bridge.env, TERM: "xterm-256color", ...env }, keepsInputOpen: true };
    return CliProcess.program("script", ["-qfec", words.join(" "), "/dev/null"], options);
  }

  async function statusOfLast(): Promise<unknown> {
    const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
    return (json as { executions: { status: unknown }[] }).executions[0]?.status;
  }

  it("has colours, unless NO_COLOR is set", async () => {
    const [coloured, plain] = [await inTerminal(["status"]), await inTerminal(["status"], { NO_COLOR: "1" })];
    assert.ok((await coloured.ended).stdout.includes("\x1b[1mBridge"));
    assert.ok(!(await plain.ended).stdout.includes("\x1b[1m"));
  });

  it("shows progress, and erases it at the end", async () => {
    const run = await inTerminal(["exec", "test.echo", "result"], { NO_COLOR: "1" });
    const { code, stdout } = await run.ended;
    assert.equal(code, 0);
    assert.match(stdout, /⠙ test\.echo/);
    const [, last = ""] = /([^]*)$/.exec(stdout.split("\x1b[2K").at(-1) ?? "") ?? [];
    assert.match(last, /^result\r\n✓ completed in \d+ ms exec-\S+\r\n$/);
  });

  it("prints the answer of Kiro as it comes", async () => {
    const run = await inTerminal(["ask", fake("long", { words: 100_000, chunkMs: 1 }), "--session", "stream"]);
    await bridge.whenRunning();
    await run.printed(/\w-50\b/);
    assert.equal(await statusOfLast(), "running");
    run.write("\x03");
    const { code, stdout } = await run.ended;
    assert.equal(code, 130);
    assert.match(stdout, /Cancelling…/);
    assert.equal(await statusOfLast(), "cancelled");
  });

  it("asks the question of a tool, and takes the number or the name of a choice", async () => {
    for (const [typed, given] of [
      ["1", "Yes"],
      ["No", "No"],
    ] as const) {
      const run = await inTerminal(["ask", `May I ${fake("tool")}`, "--session", `asks-${typed}`], { NO_COLOR: "1" });
      await run.printed("Choose 1 to 3: ");
      run.write("7\r");
      await run.printed("That is not one of the answers.");
      run.write(`${typed}\r`);
      const { code, stdout } = await run.ended;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /\? Kiro asks for permission: [^]*1\) Yes\r\n {2}2\) Always\r\n {2}3\) No\r\n/);
      const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
      const [{ id }] = (json as { executions: [{ id: string }] }).executions;
      const events = await bridge.bridge.call(`/api/kiro/executions/${id}/events`);
      assert.match(events.text, new RegExp(`"input-accepted".*"inputValue":"${given}"`));
    }
  });

  it("cancels the prompt at Ctrl+C while it asks", async () => {
    const run = await inTerminal(["ask", `May I ${fake("tool")}`, "--session", "left"]);
    await run.printed("Choose 1 to 3: ");
    run.write("\x03");
    assert.equal((await run.ended).code, 130);
    assert.equal(await statusOfLast(), "cancelled");
  });

  it("stops asking when someone else has answered", async () => {
    const run = await inTerminal(["ask", `May I ${fake("tool")}`, "--session", "elsewhere"]);
    await run.printed("Choose 1 to 3: ");
    const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
    const [{ id }] = (json as { executions: [{ id: string }] }).executions;
    const answer = { executionId: id, type: "choice", value: "Yes" };
    assert.equal((await bridge.bridge.call("/api/kiro/input", { body: answer })).status, 200);
    const { code, stdout } = await run.ended;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Answered: Yes/);
  });

  it("never passes on what would change the terminal", async () => {
    const run = await inTerminal(["ask", fakeSay("a \x1b]0;title\x07 b"), "--session", "inject"]);
    const { stdout } = await run.ended;
    assert.ok(!stdout.includes("\x1b]") && !stdout.includes("\x07"));
    assert.ok(stdout.includes("]0;title"));
  });
});
