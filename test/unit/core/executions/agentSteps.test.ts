import assert from "node:assert/strict";
import { owner, principalRef } from "../../../../src/core/access/principal.ts";
import { lengthOf } from "../../../../src/core/events/eventWeights.ts";
import { Execution } from "../../../../src/core/executions/execution.ts";
import { textOfCompaction, textOfStep } from "../../../../src/protocol/agents/agentStepText.ts";
import type { AgentStep, Compaction } from "../../../../src/protocol/agents/agentStep.ts";
import type { BridgeEvent, EventPayload } from "../../../../src/protocol/events.ts";

const completed: AgentStep = {
  step: 2,
  status: "completed",
  model: "gpt-x",
  finishReason: "stop",
  inputTokens: 1200,
  outputTokens: 85,
  cost: 0.0042,
  currency: "EUR",
};
const retrying: AgentStep = { step: 1, status: "retrying", model: "gpt-x", reason: "It is busy.", delayMs: 1500 };
const compaction: Compaction = { droppedItems: 12, tokensBefore: 90_000, tokensAfter: 9000 };

describe("The steps of an agent", () => {
  let events: EventPayload[];
  let execution: Execution;
  beforeEach(() => {
    events = [];
    execution = new Execution({
      id: "exec-1",
      task: { kind: "chat", command: "kiro.engines.local.chat", args: ["Hi"], prompt: "Hi" },
      taskWeight: 0,
      target: "local",
      windowId: "window-1",
      requestedBy: { origin: "program", principal: principalRef(owner) },
      report: (event) => void events.push(event),
    });
  });

  it("are events of their execution, while it runs", () => {
    execution.reportAgent({ type: "agent-step", ...completed });
    execution.reportAgent({ type: "conversation-compacted", ...compaction });
    assert.deepEqual(events, []);
    execution.start();
    execution.reportAgent({ type: "agent-step", ...retrying });
    execution.reportAgent({ type: "conversation-compacted", ...compaction });
    execution.finish({ kind: "completed" });
    execution.reportAgent({ type: "agent-step", ...completed });
    execution.reportAgent({ type: "conversation-compacted", ...compaction });
    const of = { executionId: "exec-1", principalId: "owner" };
    assert.deepEqual(events.slice(1, 3), [
      { type: "agent-step", ...of, ...retrying },
      { type: "conversation-compacted", ...of, ...compaction },
    ]);
    assert.deepEqual(
      events.map(({ type }) => type),
      ["command-started", "agent-step", "conversation-compacted", "command-completed"],
    );
  });

  it("weigh as much as their texts", () => {
    const event: BridgeEvent = {
      type: "agent-step",
      executionId: "exec-1",
      ...retrying,
      eventId: 1,
      timestamp: "",
      windowId: "w",
    };
    assert.equal(lengthOf(event), "gpt-xIt is busy.".length);
  });

  it("are one line for people", () => {
    assert.equal(textOfStep(completed), "2: gpt-x, 1200 + 85 tokens, 0.0042 EUR");
    const { cost: _cost, currency: _currency, ...free } = completed;
    assert.equal(textOfStep({ ...free, isEstimated: true }), "2: gpt-x, about 1200 + 85 tokens");
    assert.equal(textOfStep(retrying), "1: gpt-x, again in 1.5 s: It is busy.");
    assert.equal(textOfCompaction(compaction), "a summary of 12 messages; about 90000 tokens became 9000");
    const shortened = textOfCompaction({ ...compaction, droppedItems: 0 });
    assert.equal(shortened, "shorter results of tools; about 90000 tokens became 9000");
  });
});
