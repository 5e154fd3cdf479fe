import assert from "node:assert/strict";
import { acpOptions, HeardTurn, withAgent } from "./simulatedAcp.ts";
import { type Script, type ScriptedMessage, scriptedAgent } from "./scriptedAgent.ts";

const never = new AbortController().signal;
const allowFirst = [
  { optionId: "yes", name: "Yes", kind: "allow_once" },
  { optionId: "always", name: "Always", kind: "allow_always" },
  { optionId: "no", name: "No", kind: "reject_once" },
];
const refused = { outcome: { outcome: "selected", optionId: "no" } };

function permission(id: string, params: Record<string, unknown> = {}): ScriptedMessage {
  const toolCall = { toolCallId: "t1", title: "Running: rm -rf build" };
  return {
    id,
    method: "session/request_permission",
    params: { sessionId: "ours", toolCall, options: allowFirst, ...params },
  };
}

function update(sessionId: string, fields: Record<string, unknown>, method = "session/update"): ScriptedMessage {
  return { method, params: { sessionId, update: fields } };
}

const text = (words: string) => ({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: words } });

/** Runs two turns; the second one tells the answers that the agent has got. Every question that people see is allowed. */
async function play(script: Script): Promise<{ first: HeardTurn; answers: unknown }> {
  const first = new HeardTurn(() => "Yes");
  const second = new HeardTurn(() => "Yes");
  await withAgent(acpOptions({}, { program: scriptedAgent(script) }), async ({ agent }) => {
    await agent.prompt("one", first, never);
    await agent.prompt("two", second, never);
  });
  assert.deepEqual(second.questions, []);
  return { first, answers: JSON.parse(second.stdout) };
}

describe("Over ACP", () => {
  it("a permission is denied with the CLI's own option when no turn is running", async () => {
    const { first, answers } = await play({ beforeTurns: [permission("early")], afterTurn: [permission("late")] });
    assert.deepEqual(answers, { early: refused, late: refused });
    assert.deepEqual(first.questions, []);
  });

  it("a permission without a refusal outside of a turn is answered with cancelled", async () => {
    const { answers } = await play({ afterTurn: [permission("late", { options: allowFirst.slice(0, 2) })] });
    assert.deepEqual(answers, { late: { outcome: { outcome: "cancelled" } } });
  });

  it("a permission of another session is denied without a question, during a turn", async () => {
    const { first, answers } = await play({ inTurn: [permission("foreign", { sessionId: "foreign" })] });
    assert.deepEqual(answers, { foreign: refused });
    assert.deepEqual(first.questions, []);
  });

  it("updates of another session are dropped: text, tools, discards", async () => {
    const tool = { sessionUpdate: "tool_call", toolCallId: "t1", title: "foreign tool" };
    const { first } = await play({
      inTurn: [
        update("ours", text("all ")),
        update("foreign", text("foreign")),
        update("foreign", tool),
        update("foreign", { sessionUpdate: "stream_discarded" }, "_kiro.dev/session/update"),
        update("foreign", text("foreign"), "_kiro/session/update"),
        update("", text("nobody's")),
      ],
    });
    assert.deepEqual([first.stdout, first.stderr, first.toolCalls, first.retracted], ["all mine", "", [], 0]);
  });
});
