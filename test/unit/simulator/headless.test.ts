import assert from "node:assert/strict";
import { deniedText, expectedAnswer } from "../../fixtures/simulator/answers.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { isObject } from "../../fixtures/simulator/jsonExample.ts";
import { renderMarkdown } from "../../fixtures/simulator/text/rendering.ts";
import { APPROVAL_REQUIRED, CREDITS, MARKER, toolBlock } from "../../fixtures/simulator/text/textBytes.ts";
import { endSimulators, spawnSimulator } from "../../support/simulator.ts";
import { ended, type TextRun, rendered } from "./textRun.ts";

const WORDS = 12;

async function headless(
  stdin: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TextRun> {
  const simulator = spawnSimulator(["chat", "--no-interactive", "--wrap", "never", ...args], env);
  simulator.stdin.end(stdin);
  return await ended(simulator);
}

describe("simulator headless mode", function () {
  afterEach(endSimulators);

  it("takes the whole of stdin, trimmed, as one prompt", async () => {
    const { stdout, stderr, exit } = await headless("\n  line one\n\nline two\n");
    assert.equal(stdout, rendered(1, "line one\n\nline two"));
    assert.ok(stderr.endsWith(CREDITS));
    assert.equal(exit.code, 0);
  });

  it("leaves stdin alone when INPUT is given", async () => {
    const { stdout, simulator } = await headless("from stdin", ["from the command line"]);
    assert.equal(stdout, rendered(1, "from the command line"));
    assert.equal(simulator.records("stdin").length, 0);
  });

  it("wants a prompt", async () => {
    const { exit, stderr } = await headless(" \n");
    assert.equal(exit.code, 1);
    assert.equal(stderr, "error: Input must be supplied when running in non-interactive mode\n");
  });

  it("turns the spinner of headless", async () => {
    const { stderr } = await headless(`hi ${fake("normal", { thinkMs: 10 })}`);
    assert.match(stderr, /\r⠋ Loading\.\.\./u);
  });

  it("does not run a shell command either, though it reads the prefix", async () => {
    const { stdout, simulator } = await headless("!rm -rf x\nand more");
    assert.match(stdout, /^\[fake would run: rm -rf x/u);
    assert.equal(simulator.records("shell").length, 1);
  });

  it("permission: exits 1 without trust", async () => {
    const { exit, stderr, stdout } = await headless(fake("permission"));
    assert.equal(exit.code, 1);
    assert.ok(stderr.endsWith(APPROVAL_REQUIRED));
    assert.equal(stdout, toolBlock.head);
  });

  it("permission: tells the model of the denial, when asked to deny", async () => {
    const { exit, stdout } = await headless(fake("permission"), [], { FAKE_KIRO_HEADLESS_DENY: "deny" });
    assert.equal(exit.code, 0);
    assert.equal(stdout, `${toolBlock.head}${MARKER}${renderMarkdown(deniedText)}`);
  });

  it("permission: hangs as old versions do, when asked to hang", async () => {
    const simulator = spawnSimulator(["chat", "--no-interactive", fake("permission", { deny: "hang" })]);
    await simulator.until("the tool", () => simulator.stdout() === toolBlock.head);
    simulator.child.kill("SIGTERM");
    assert.equal((await simulator.closed()).signal, "SIGTERM");
  });

  it("permission: runs a trusted tool, and only that", async () => {
    const prompt = fake("permission");
    const { stdout } = await headless(prompt, ["--trust-tools=read,shell"]);
    assert.equal(stdout, `${toolBlock.head}${toolBlock.output}${toolBlock.end}${rendered(1, prompt)}`);
    assert.equal((await headless(prompt, ["--trust-tools="])).exit.code, 1);
  });

  it("exits 3 when an MCP server that is required does not start", async () => {
    const env = { FAKE_KIRO_SCENARIO: "mcp-fail" };
    assert.equal((await headless("hi", ["--require-mcp-startup"], env)).exit.code, 3);
    assert.equal((await headless("hi", [], env)).stdout, rendered(1, "hi"));
  });

  it("exits 4 for an agent that is missing, and 1 for a model that can not be reached", async () => {
    assert.equal((await headless("hi", ["--agent", "missing"])).exit.code, 4);
    assert.equal((await headless(fake("error-turn"))).exit.code, 1);
  });

  it("streams JSON lines only for the newer engines", async () => {
    const { stdout } = await headless("hi", ["--output-format", "stream-json", "--v2"]);
    const pieces: unknown[] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(
      pieces.map((piece) => (isObject(piece) ? piece["text"] : "")).join(""),
      expectedAnswer(1, "hi", WORDS),
    );
    assert.equal((await headless("hi", ["--output-format", "stream-json"])).exit.code, 1);
  });

  it("crashes in mid-answer with a part of the text", async () => {
    const { exit, stdout } = await headless(fake("crash", { words: 30 }));
    assert.equal(exit.code, 139);
    assert.ok(stdout.startsWith(`${MARKER}Answer 1`) && !stdout.includes("-30"));
  });
});
