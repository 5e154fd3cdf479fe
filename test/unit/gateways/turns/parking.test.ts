import assert from "node:assert/strict";
import type { LentResult } from "../../../../src/gateways/turns/lending.ts";
import { settled } from "../../../support/windows/manualClock.ts";
import { until } from "../../../support/until.ts";
import type { HeardPrompt } from "../../../support/gateways/scriptedAgent.ts";
import { assistant, read, request, result, tool, TurnsRig, user } from "./turnsRig.ts";

const bash = tool("bash");

describe("A turn that calls a tool of the client", () => {
  let rig: TurnsRig;
  beforeEach(() => {
    rig = new TurnsRig();
  });
  afterEach(() => rig.dispose());

  /** Calls a tool as an agent does. */
  function call({ tools }: HeardPrompt, name: string, args: object = {}): Promise<LentResult> {
    return rig.lent.at(tools?.url).call(name, args);
  }

  it("is parked until the next request brings the result, and goes on in its response", async () => {
    let heard: LentResult | undefined;
    rig.agent.answer = async (prompt, context) => {
      context.output("I look. ");
      heard = await call(prompt, "bash", { command: "ls" });
      context.output("Done.");
      return "end_turn";
    };
    const first = await rig.respond(request([user("List")], { tools: [bash] }));
    const reading = read(first);
    await until(() => rig.clock.waiting > 0);
    await rig.clock.pass(100);
    const parked = await reading;
    assert.equal(parked.text, "I look. ");
    assert.equal(parked.calls.length, 1);
    const [use] = parked.calls;
    assert.deepEqual([use?.name, use?.arguments], ["bash", '{"command":"ls"}']);
    assert.deepEqual(parked.last?.type === "end" && parked.last.stopReason, "tool-use");

    const messages = [user("List"), assistant("I look. ", parked.calls), result(use?.id ?? "", "a.txt")];
    const ended = await rig.ask(request(messages, { tools: [bash] }));
    assert.deepEqual(heard, { content: [{ type: "text", text: "a.txt" }], isError: false });
    assert.equal(ended.text, "Done.");
    assert.equal(ended.response.executionId, first.executionId);
    assert.equal(rig.executions, 1);
    await settled();
  });
});
