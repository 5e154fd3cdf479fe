import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { CliProgram } from "../../../../src/kiro/agent.ts";
import { acpOptions, choose, HeardTurn, withAgent } from "./simulatedAcp.ts";

/** The example agent of the ACP SDK: a peer that none of us wrote (Kiro CLI facts §4.7). It ignores its arguments. */
const example: CliProgram = {
  command: process.execPath,
  leadingArgs: [fileURLToPath(new URL("examples/agent.js", import.meta.resolve("acp-sdk-1x")))],
  env: {},
  isSimulated: false,
};

/** Its own pauses of a second each make a turn last five. */
describe("ACP with the example agent of the SDK", function () {
  this.timeout(30_000);

  async function fullTurn(kind: string): Promise<HeardTurn> {
    const turn = new HeardTurn(choose(kind));
    await withAgent(acpOptions({}, { program: example }), async ({ agent, isResumed }) => {
      assert.equal(isResumed, false);
      const end = await agent.prompt("Change my configuration", turn, new AbortController().signal);
      assert.deepEqual(end, { kind: "ended", stopReason: "end_turn" });
      assert(agent.isUsable);
    });
    return turn;
  }

  it("completes full turns, with permission and without", async () => {
    const [allowed, rejected] = await Promise.all([fullTurn("allow_once"), fullTurn("reject_once")]);
    assert.match(allowed.stdout, /I've successfully updated the configuration/u);
    assert.match(rejected.stdout, /I'll skip the configuration update/u);
    assert.deepEqual(allowed.questions[0]?.choices, ["Allow this change", "Skip this change"]);
    assert.equal(allowed.questions[0]?.safeAnswer, "Skip this change");
    assert.equal(allowed.toolCalls.at(-1)?.status, "completed");
  });

  it("cancels a turn over its question", async () => {
    await withAgent(acpOptions({}, { program: example }), async ({ agent }) => {
      const cancel = new AbortController();
      const turn = new HeardTurn();
      const work = agent.prompt("Change my configuration", turn, cancel.signal);
      await turn.heard("understand the current situation");
      cancel.abort();
      assert.deepEqual(await work, { kind: "cancelled", how: "cooperative" });
    });
  });
});
