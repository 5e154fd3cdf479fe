import type { Disposable } from "../../../base/disposables.ts";
import type { Event } from "../../../base/events.ts";
import type { Meter } from "../../../core/metrics/instruments.ts";
import type { UsageEntry } from "../ports.ts";

/** Labels that reveal something of other principals. */
const ofOthers = { scope: "history:read" } as const;

/** Creates the metrics of engines: what this window has used since its bridge has started. */
export function usageInstruments(
  meter: Meter,
  onDidRecord: Event<UsageEntry>,
  currencyOf: (engineId: string) => string | undefined,
): Disposable {
  const steps = meter.counter("kiro_bridge_engine_steps_total", "Requests to the models of engines.");
  const tokens = meter.counter(
    "kiro_bridge_engine_tokens_total",
    "Tokens of engines, by kind. The kind 'input' includes 'cached_input', and 'output' includes 'reasoning'.",
  );
  const cost = meter.counter("kiro_bridge_engine_cost_total", "Cost of engines, by the prices in the settings.");
  const bySession = meter.counter(
    "kiro_bridge_engine_session_tokens_total",
    "Tokens of engines, input and output, by session.",
    ofOthers,
  );
  const byPrincipal = meter.counter(
    "kiro_bridge_engine_principal_tokens_total",
    "Tokens of engines, input and output, by principal.",
    ofOthers,
  );
  return onDidRecord(({ engineId: engine, principalId, sessionId, usage, cost: price }) => {
    const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
    steps.add(1, { engine });
    const kinds = {
      input: inputTokens,
      cached_input: cachedInputTokens,
      cache_write: cacheWriteTokens,
      output: outputTokens,
      reasoning: reasoningTokens,
    };
    for (const [kind, count] of Object.entries(kinds)) if (count !== undefined) tokens.add(count, { engine, kind });
    if (price !== undefined) cost.add(price, { engine, currency: currencyOf(engine) ?? "" });
    const all = inputTokens + outputTokens;
    if (sessionId !== undefined) bySession.add(all, { engine, session: sessionId });
    byPrincipal.add(all, { engine, principal: principalId });
  });
}
