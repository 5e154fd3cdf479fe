import assert from "node:assert/strict";
import { SpanKind } from "@opentelemetry/api";
import type { RunStep, RunSummary } from "../../../../../src/exports/outbox/fact.ts";
import type { Span } from "../../../../../src/exports/telemetry/signals/payload.ts";
import { resourceOf, scopeOf } from "../../../../../src/exports/telemetry/signals/resource.ts";
import type { RunContent } from "../../../../../src/exports/telemetry/signals/runContent.ts";
import { spansOf } from "../../../../../src/exports/telemetry/signals/spans.ts";
import { FACT_TIME, runOf } from "../../../../support/exports/facts.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
const deps = {
  resource: resourceOf({ version: "1.2.3", windowId: "w1", attributes: {} }),
  scope: scopeOf("1.2.3"),
};
const turnOf = (id: string, changes: Partial<RunSummary> = {}): RunSummary =>
  runOf(id, { agent: "cli", target: "cli", ...changes });
const read = (run: RunSummary, content: RunContent = {}): Span[] => spansOf(run, FACT_TIME, content, deps);
const step = (changes: Partial<RunStep>): RunStep => ({
  kind: "tool",
  id: "call-1",
  name: "edit",
  startedAt: FACT_TIME - 150,
  endedAt: FACT_TIME - 100,
  status: "completed",
  ...changes,
});

/** Shows the tree of spans: each with its kind and the name of its parent. */
function treeOf(spans: readonly Span[]): string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return spans.map((span) => {
    const parentId = span.parentSpanContext?.spanId;
    const parent = parentId === undefined ? "" : ` < ${names.get(parentId) ?? parentId}`;
    return `${SpanKind[span.kind]} ${span.name}${parent}`;
  });
}

describe("The spans of a run", () => {
  it("are the execution below the span of its caller, the turn of the agent, and its steps", () => {
    const steps = [
      step({ kind: "model-step", id: "0", name: "claude-sonnet" }),
      step({}),
      step({ kind: "question", id: "q1", name: "confirmation", status: "answered" }),
    ];
    const spans = read(turnOf("exec-1", { traceparent, steps, target: "writer", agent: "writer" }));
    assert.deepEqual(treeOf(spans), [
      "SERVER kiro.cli.chat < 00f067aa0ba902b7",
      "INTERNAL invoke_agent writer < kiro.cli.chat",
      "CLIENT chat claude-sonnet < invoke_agent writer",
      "INTERNAL execute_tool edit < invoke_agent writer",
    ]);
    assert.deepEqual(new Set(spans.map((span) => span.spanContext().traceId)), new Set([traceId]));
    assert.equal(spans[0]?.parentSpanContext?.isRemote, true);
    assert.deepEqual(
      spans[0]?.events.map(({ name }) => name),
      ["command-started", "user-input-required", "input-accepted"],
    );
  });

  it("show an agent with a process of its own as a client", () => {
    assert.deepEqual(treeOf(read(turnOf("exec-1"))), [
      "SERVER kiro.cli.chat",
      "CLIENT invoke_agent kiro < kiro.cli.chat",
    ]);
  });

  it("are only the execution for a command of the editor, and for one that never started", () => {
    const command = { command: "editor.save", target: "editor" };
    assert.deepEqual(treeOf(read(runOf("exec-1", command))), ["SERVER editor.save"]);
    const waiting = turnOf("exec-2", { status: "cancelled", startedAt: undefined });
    assert.deepEqual(treeOf(read(waiting)), ["SERVER kiro.cli.chat"]);
  });

  it("have the same IDs when they are sent again, and others for another run", () => {
    const idsOf = (run: RunSummary): string[] => read(run).map((span) => Object.values(span.spanContext()).join("-"));
    const steps = [step({})];
    assert.deepEqual(idsOf(turnOf("exec-1", { steps })), idsOf(turnOf("exec-1", { steps })));
    const all = [...idsOf(turnOf("exec-1", { steps })), ...idsOf(turnOf("exec-2", { steps }))];
    assert.equal(new Set(all).size, all.length);
    for (const id of all) assert.match(id, /^[0-9a-f]{32}-[0-9a-f]{16}-1$/);
  });

  it("of an execution that an agent has requested are below the call of the tool, in the same trace", () => {
    const parent = read(turnOf("exec-1", { steps: [step({ childId: "exec-2" })] }));
    const child = read(runOf("exec-2", { parentId: "exec-1", command: "editor.save", target: "editor" }));
    assert.deepEqual(treeOf([...parent, ...child]).slice(-2), [
      "INTERNAL execute_tool edit < invoke_agent kiro",
      "SERVER editor.save < execute_tool edit",
    ]);
    const traces = [...parent, ...child].map((span) => span.spanContext().traceId);
    assert.equal(new Set(traces).size, 1);
    assert.equal(child[0]?.parentSpanContext?.isRemote, false);
  });

  it("of agents that ask agents are in one trace, that of the first one, whatever the depth", () => {
    const steps = (childId: string): RunStep[] => [step({ childId })];
    const first = read(turnOf("exec-1", { steps: steps("exec-2") }));
    const second = read(turnOf("exec-2", { parentId: "exec-1", steps: steps("exec-3") }));
    const third = read(turnOf("exec-3", { parentId: "exec-2", rootId: "exec-1", steps: steps("exec-4") }));
    const last = read(
      runOf("exec-4", { parentId: "exec-3", rootId: "exec-1", command: "editor.save", target: "editor" }),
    );
    const spans = [...first, ...second, ...third, ...last];
    assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1);
    const ids = new Set(spans.map((span) => span.spanContext().spanId));
    const parents = spans.map(({ parentSpanContext }) => parentSpanContext?.spanId).filter((id) => id !== undefined);
    assert.deepEqual([parents.length, parents.filter((id) => !ids.has(id))], [spans.length - 1, []]);
  });

  it("ignore a traceparent that is none", () => {
    for (const wrong of [
      "00-0-0-0",
      `ff-${traceId}-00f067aa0ba902b7-01`,
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `00-${traceId}-${"0".repeat(16)}-01`,
      `${traceparent}-more`,
      traceparent.toUpperCase(),
    ]) {
      const [execution] = read(runOf("exec-1", { traceparent: wrong }));
      assert.notEqual(execution?.spanContext().traceId, traceId, wrong);
      assert.equal(execution?.parentSpanContext, undefined);
    }
    const later = read(runOf("exec-1", { traceparent: `01-${traceId}-00f067aa0ba902b7-01-more` }));
    assert.equal(later[0]?.spanContext().traceId, traceId);
  });

  it("carry the attributes of the bridge and of the conventions of generative AI, without content", () => {
    const usage = { inputTokens: 10, outputTokens: 20, cachedInputTokens: 5, cost: 0.5, currency: "USD" };
    const steps = [step({ childId: "exec-2" })];
    const [execution, turn, tool] = read(
      turnOf("exec-1", { usage, model: "m-1", sessionId: "s-1", steps, exitCode: -1 }),
    );
    assert.deepEqual(execution?.attributes, {
      "kiro_bridge.execution.id": "exec-1",
      "kiro_bridge.target": "cli",
      "kiro_bridge.command": "kiro.cli.chat",
      "kiro_bridge.status": "completed",
      "kiro_bridge.window.id": "w1",
      "kiro_bridge.principal.id": "owner",
      "kiro_bridge.origin": "program",
      "kiro_bridge.queue.wait_ms": 100,
      "kiro_bridge.exit_code": -1,
      "kiro_bridge.questions": 0,
      "kiro_bridge.output.length": 12,
      "kiro_bridge.output.truncated": false,
      "kiro_bridge.usage.cost": 0.5,
      "kiro_bridge.usage.currency": "USD",
    });
    assert.deepEqual(turn?.attributes, {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.provider.name": "kiro",
      "gen_ai.agent.name": "kiro",
      "gen_ai.conversation.id": "s-1",
      "gen_ai.request.model": "m-1",
      "gen_ai.response.finish_reasons": ["end_turn"],
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 20,
      "gen_ai.usage.cache_read.input_tokens": 5,
      "kiro_bridge.stop_reason": "end_turn",
    });
    assert.deepEqual(tool?.attributes, {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.provider.name": "kiro",
      "gen_ai.tool.name": "edit",
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.id": "call-1",
      "kiro_bridge.status": "completed",
      "kiro_bridge.child.execution.id": "exec-2",
    });
    assert.deepEqual(execution?.resource.attributes, {
      "service.name": "kiro-bridge",
      "service.version": "1.2.3",
      "service.instance.id": "w1",
    });
  });

  it("carry content as messages of the conventions where the user allows it", () => {
    const turn = read(turnOf("exec-1"), { input: "Write a poem.", output: "Roses" })[1];
    assert.deepEqual(JSON.parse(String(turn?.attributes["gen_ai.input.messages"])), [
      { role: "user", parts: [{ type: "text", content: "Write a poem." }] },
    ]);
    assert.deepEqual(JSON.parse(String(turn?.attributes["gen_ai.output.messages"])), [
      { role: "assistant", parts: [{ type: "text", content: "Roses" }], finish_reason: "end_turn" },
    ]);
  });

  it("have failed with the code of the error", () => {
    const failure = { status: "failed", errorCode: "OPERATION_TIMEOUT" } as const;
    const [execution, turn, tool] = read(turnOf("exec-1", { ...failure, steps: [step({ status: "failed" })] }));
    for (const span of [execution, turn]) {
      assert.deepEqual(span?.status, { code: 2, message: "OPERATION_TIMEOUT" });
      assert.equal(span.attributes["error.type"], "OPERATION_TIMEOUT");
    }
    assert.deepEqual(tool?.status, { code: 2, message: "failed" });
    const [interrupted] = read(turnOf("exec-1", { status: "interrupted" }));
    assert.deepEqual(interrupted?.status, { code: 2, message: "interrupted" });
    for (const status of ["completed", "cancelled"] as const)
      assert.deepEqual(read(turnOf("exec-1", { status }))[0]?.status, { code: 0 });
  });

  it("end with the run where a step has not, and never before they began", () => {
    const late = step({ endedAt: undefined, status: "in_progress", startedAt: FACT_TIME + 50 });
    const [execution, , tool] = read(turnOf("exec-1", { steps: [late], completedAt: FACT_TIME - 400 }));
    assert.deepEqual(execution?.duration, [0, 0]);
    assert.deepEqual(tool?.duration, [0, 0]);
    assert.deepEqual(tool.startTime, tool.endTime);
  });
});
