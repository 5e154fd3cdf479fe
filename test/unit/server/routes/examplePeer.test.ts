import assert from "node:assert/strict";
import { chatQuestionSchema } from "../../../../src/protocol/chat.ts";
import { exampleAgent } from "../../agents/kiro/acp/exampleAgent.ts";
import { KiroBridge } from "./kiroBridge.ts";

describe("The example agent of the ACP SDK behind the endpoints", function () {
  let handlers: KiroBridge;
  before(async () => {
    handlers = await new KiroBridge({}, {}, exampleAgent).listen();
  });
  after(() => handlers.dispose());

  /** Asks by `POST /kiro/chat`, answers by `POST /api/kiro/input`, and gives the whole answer. */
  async function fullTurn(session: string, value: string): Promise<Record<string, unknown>> {
    const asked = await handlers.call("/kiro/chat", { body: { prompt: "Change my configuration", session } });
    assert.equal(asked.status, 202);
    const { executionId, choices } = chatQuestionSchema.parse(asked.json);
    assert.deepEqual(choices, ["Allow this change", "Skip this change"]);
    const told = await handlers.call("/api/kiro/input", { body: { executionId, type: "choice", value } });
    assert.equal(told.status, 200);
    await handlers.rig.executions.get(executionId)?.settled;
    return (await handlers.call(`/api/kiro/executions/${executionId}`)).json;
  }

  it("completes full turns, with permission and without", async () => {
    const [allowed, rejected] = await Promise.all([
      fullTurn("yes", "Allow this change"),
      fullTurn("no", "Skip this change"),
    ]);
    assert.match(String(allowed["output"]), /^I'll help you.*I've successfully updated the configuration/u);
    assert.match(String(rejected["output"]), /^I'll help you.*I'll skip the configuration update/u);
    for (const { status } of [allowed, rejected]) assert.equal(status, "completed");
  });
});
