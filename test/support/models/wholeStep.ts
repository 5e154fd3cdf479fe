import assert from "node:assert/strict";
import type { AssistantPart, StepUsage } from "../../../src/core/models/step.ts";
import type { ScriptedAnswer } from "./forms/scriptedAnswer.ts";
import type { CollectedStep } from "./wireOptions.ts";

/** An answer with everything that a step can have. */
export const WHOLE_ANSWER: ScriptedAnswer = {
  reasoning: "Short.",
  text: ["Good ", "morning"],
  calls: [
    { id: "call_1", name: "read_file", arguments: ['{"path":', '"a.txt"}'] },
    { id: "call_2", name: "list", arguments: "{}" },
  ],
  model: "test-model-2026",
  usage: { input: 20, cached: 8, output: 7, reasoning: 3 },
};

/** Asserts that a step has streamed that answer and returned it, with what only its wire has. */
export function assertWholeStep(
  { events, result }: CollectedStep,
  { opaque, usage }: { readonly opaque: AssistantPart; readonly usage: Partial<StepUsage> },
): void {
  assert.deepEqual(events.slice(0, -1), [
    { type: "reasoning", text: "Short." },
    { type: "text", text: "Good " },
    { type: "text", text: "morning" },
    { type: "call-started", id: "call_1", name: "read_file" },
    { type: "call-started", id: "call_2", name: "list" },
  ]);
  assert.deepEqual(result, {
    parts: [
      opaque,
      { type: "text", text: "Good morning" },
      { type: "call", id: "call_1", name: "read_file", arguments: '{"path":"a.txt"}' },
      { type: "call", id: "call_2", name: "list", arguments: "{}" },
    ],
    finish: "tool-calls",
    usage: { inputTokens: 20, outputTokens: 7, cachedInputTokens: 8, ...usage },
    model: "test-model-2026",
  });
}
