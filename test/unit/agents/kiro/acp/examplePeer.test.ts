import assert from "node:assert/strict";
import { exampleAgent } from "./exampleAgent.ts";
import { acpOptions, HeardTurn, withAgent } from "./simulatedAcp.ts";

/** Its full turns, with permission and without, go through the HTTP endpoint: test/unit/server/routes/examplePeer.test.ts. */
describe("ACP with the example agent of the SDK", () => {
  it("cancels a turn cooperatively", async () => {
    await withAgent(acpOptions({}, { program: exampleAgent }), async ({ agent, isResumed }) => {
      assert.equal(isResumed, false);
      const cancel = new AbortController();
      const turn = new HeardTurn();
      const work = agent.prompt("Change my configuration", turn, cancel.signal);
      await turn.heard("understand the current situation");
      cancel.abort();
      assert.deepEqual(await work, { kind: "cancelled", how: "cooperative" });
      assert(agent.isUsable);
    });
  });
});
