import assert from "node:assert/strict";
import { Emitter } from "../../../../../src/base/events.ts";
import type { UsageEntry } from "../../../../../src/agents/engines/ports.ts";
import { usageInstruments } from "../../../../../src/agents/engines/usage/usageInstruments.ts";
import { PrometheusMeter } from "../../../../../src/core/metrics/prometheus.ts";
import { ScopeSet } from "../../../../../src/core/access/scopes.ts";

describe("usageInstruments", () => {
  const recorded = new Emitter<UsageEntry>();
  const meter = new PrometheusMeter();
  usageInstruments(meter, recorded.event, () => "EUR");
  const usage = { inputTokens: 100, cachedInputTokens: 20, outputTokens: 10, reasoningTokens: 4 };
  const entry = { engineId: "gpt", model: "m", principalId: "client-1", sessionId: "sess-1", executionId: "e", usage };
  recorded.fire({ ...entry, cost: 0.5 });
  recorded.fire({ ...entry, cost: undefined, usage: { inputTokens: 1, outputTokens: 1 } });

  const samples = (scopes?: ScopeSet): readonly string[] =>
    meter
      .exposition(scopes && { scopes })
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));

  it("count steps, tokens by kind, cost, and tokens by session and principal", () => {
    assert.deepEqual(samples(), [
      'kiro_bridge_engine_steps_total{engine="gpt"} 2',
      'kiro_bridge_engine_tokens_total{engine="gpt",kind="input"} 101',
      'kiro_bridge_engine_tokens_total{engine="gpt",kind="cached_input"} 20',
      'kiro_bridge_engine_tokens_total{engine="gpt",kind="output"} 11',
      'kiro_bridge_engine_tokens_total{engine="gpt",kind="reasoning"} 4',
      'kiro_bridge_engine_cost_total{engine="gpt",currency="EUR"} 0.5',
      'kiro_bridge_engine_session_tokens_total{engine="gpt",session="sess-1"} 112',
      'kiro_bridge_engine_principal_tokens_total{engine="gpt",principal="client-1"} 112',
    ]);
  });

  it("show sessions and principals only to those who may see all executions", () => {
    const seen = samples(new ScopeSet(["status:read"])).join("\n");
    assert.match(seen, /engine_tokens_total/);
    assert.doesNotMatch(seen, /sess-1|client-1/);
  });
});
