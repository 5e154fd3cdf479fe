import type { EngineUsage } from "../../../protocol/agents/engineUsage.ts";
import type { EngineSettings } from "../engineSettings.ts";

type DailyLimits = Pick<EngineUsage["engines"][number], "maxDailyTokens" | "maxDailyCost" | "maxDailyTokensPerClient">;

/** Returns the daily limits in the settings of an engine. */
export function dailyLimitsOf(engine: Pick<EngineSettings, "limits"> | undefined): DailyLimits {
  const { maxDailyTokens, maxDailyCost, maxDailyTokensPerClient } = engine?.limits ?? {};
  return {
    ...(maxDailyTokens !== undefined && { maxDailyTokens }),
    ...(maxDailyCost !== undefined && { maxDailyCost }),
    ...(maxDailyTokensPerClient !== undefined && { maxDailyTokensPerClient }),
  };
}
