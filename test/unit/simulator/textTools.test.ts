import assert from "node:assert/strict";
import { deniedText } from "../../fixtures/simulator/answers.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { renderMarkdown } from "../../fixtures/simulator/text/rendering.ts";
import { MARKER, PERMISSION_QUESTION, toolBlock } from "../../fixtures/simulator/text/textBytes.ts";
import { endSimulators } from "../../support/simulator.ts";
import { count, rendered, textRun } from "./textRun.ts";

const TOOL_BLOCK = `${toolBlock.head}${toolBlock.output}${toolBlock.end}`;

describe("simulator text scenarios that want a line of stdin", function () {
  afterEach(endSimulators);

  const replies: readonly [string, string, string][] = [
    ["y lets the tool run", "y", `${TOOL_BLOCK}${rendered(1, fake("permission"))}`],
    ["n denies it", "n", `${toolBlock.head}${MARKER}${renderMarkdown(deniedText)}`],
    [
      "other text denies it and is a message of its own",
      "something else",
      `${toolBlock.head}${rendered(2, "something else")}`,
    ],
  ];
  for (const [name, reply, expected] of replies) {
    it(`permission: ${name}`, async () => {
      const { stdout, stderr } = await textRun([fake("permission"), reply]);
      assert.equal(stdout, expected);
      assert.equal(count(stderr, PERMISSION_QUESTION), 1);
    });
  }

  it("permission: t trusts the tool for the session, and -a from the start", async () => {
    const trusted = await textRun([fake("permission"), "t", fake("permission")]);
    assert.equal(count(trusted.stderr, PERMISSION_QUESTION), 1);
    assert.equal(count(trusted.stdout, toolBlock.end), 2);
    const all = await textRun([fake("permission")], {}, ["-a"]);
    assert.equal(count(all.stderr, PERMISSION_QUESTION), 0);
  });

  it("password: a question on stdout without a newline eats the next line", async () => {
    const { stdout, simulator } = await textRun([fake("password"), "secret", "two"]);
    assert.ok(stdout.startsWith("[sudo] password for user: \n"));
    assert.ok(stdout.endsWith(rendered(2, "two")));
    assert.deepEqual(
      simulator.records("password").map((record) => record["line"]),
      ["secret"],
    );
  });

  it("stdin-slow: nothing is read for a while", async () => {
    const { simulator, stdout } = await textRun(["one"], { FAKE_KIRO_SCENARIO: "stdin-slow", FAKE_KIRO_GAP_MS: "150" });
    const [start] = simulator.records("start");
    const [line] = simulator.records("stdin");
    assert.ok((line?.time ?? 0) - (start?.time ?? 0) >= 149);
    assert.ok(stdout.startsWith(rendered(1, "one")));
  });

  it("stdin-steal: a tool takes the next line, in its turn or after it", async () => {
    const inTurn = await textRun([fake("stdin-steal"), "stolen", "two"]);
    assert.ok(inTurn.stdout.endsWith(rendered(2, "two")));
    const later = await textRun([fake("stdin-steal", { background: 1 }), "stolen", "two"]);
    assert.ok(later.stdout.endsWith(rendered(2, "two")));
    for (const { simulator } of [inTurn, later])
      assert.deepEqual(
        simulator.records("stolen").map((record) => record["line"]),
        ["stolen"],
      );
  });
});
