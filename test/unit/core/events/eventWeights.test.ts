import assert from "node:assert/strict";
import { EventWeights } from "../../../../src/core/events/eventWeights.ts";
import type { BridgeEvent, EventPayload } from "../../../../src/protocol/events.ts";

const executionId = "exec-1-1";
const large = "x".repeat(10_000);

function eventOf(payload: EventPayload): BridgeEvent {
  return { ...payload, eventId: 1, timestamp: "", windowId: "w" };
}

function weightOf(...payloads: EventPayload[]): number {
  const weights = new EventWeights();
  for (const payload of payloads) weights.add(eventOf(payload));
  return weights.total;
}

const said = (output: string, id = executionId): EventPayload => ({
  type: "command-output",
  executionId: id,
  output,
  stream: "stdout",
});
const ended = (output: string, id = executionId): EventPayload => ({
  type: "command-completed",
  executionId: id,
  success: true,
  output,
  executionTimeMs: 1,
});

describe("EventWeights", () => {
  const holders: readonly EventPayload[] = [
    { type: "command-queued", executionId, command: large, position: 0 },
    { type: "command-started", executionId, command: large, args: [] },
    { type: "command-started", executionId, command: "", args: ["a", large] },
    { type: "command-output", executionId, output: large, stream: "stdout" },
    { type: "command-output", executionId, output: large, stream: "stderr" },
    ended(large),
    { type: "command-error", executionId, error: large, recoverable: true },
    { type: "user-input-required", executionId, questionId: "q", prompt: large, inputType: "text" },
    { type: "user-input-required", executionId, questionId: "q", prompt: "", inputType: "choice", choices: [large] },
    { type: "input-accepted", executionId, questionId: "q", inputValue: large },
    { type: "input-expired", executionId, questionId: "q", inputValue: large },
    { type: "status-changed", status: "busy", currentCommand: large },
    { type: "tool-call", executionId, toolCallId: "1", title: large },
    { type: "tool-call", executionId, toolCallId: large, title: "" },
    { type: "session-changed", sessionId: "1", name: large, state: "idle" },
  ];
  for (const payload of holders) {
    const [field] = Object.entries(payload).find(([, value]) => JSON.stringify(value).length > 10_000) ?? [];
    it(`weighs ${field} of ${payload.type}`, () => {
      const weight = weightOf(payload);
      assert.ok(weight >= 10_000 && weight < 10_500, String(weight));
    });
  }

  it("weighs an output once that arrives in pieces and then as a whole", () => {
    const pieces = [said("x".repeat(6000)), said("x".repeat(4000))];
    assert.equal(weightOf(...pieces, ended(large)), weightOf(...pieces, ended("")));
  });

  it("weighs only the part of the whole that no piece contains", () => {
    assert.equal(weightOf(said("x".repeat(4000)), ended(large)), weightOf(said("x".repeat(4000)), ended("")) + 6000);
  });

  it("weighs the whole when its pieces are evicted, and nothing when all are", () => {
    const weights = new EventWeights();
    const [piece, whole] = [eventOf(said(large)), eventOf(ended(large))];
    for (const event of [piece, whole]) weights.add(event);
    weights.remove(piece);
    assert.equal(weights.total, weightOf(ended(large)));
    weights.remove(whole);
    assert.equal(weights.total, 0);
  });

  it("returns to zero, in whatever order events of many executions are added and evicted", () => {
    const weights = new EventWeights();
    const kept: BridgeEvent[] = [];
    let random = 1;
    const upTo = (limit: number): number => (random = (random * 48_271) % 2_147_483_647) % limit;
    const running = [0, 1, 2, 3, 4];
    for (let step = 0; step < 5000; step++) {
      const lane = upTo(running.length);
      const id = `exec-${lane}-${running[lane]}`;
      const isEnd = upTo(4) === 0;
      if (isEnd) running[lane] = step;
      const event = eventOf(isEnd ? ended("x".repeat(upTo(500)), id) : said("x".repeat(upTo(100)), id));
      weights.add(event);
      kept.push(event);
      while (kept.length > upTo(60)) {
        const oldest = kept.shift();
        if (oldest !== undefined) weights.remove(oldest);
      }
      assert.ok(weights.total >= kept.length * 100);
    }
    for (const event of kept) weights.remove(event);
    assert.equal(weights.total, 0);
  });
});
