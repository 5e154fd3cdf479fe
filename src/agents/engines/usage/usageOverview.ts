import type { EngineUsage } from "../../../protocol/agents/engineUsage.ts";
import type { EngineSettings } from "../engineSettings.ts";
import { dailyLimitsOf } from "./dailyLimits.ts";
import type { UsageRecord } from "./usageRecord.ts";
import { sumOf, tokensOf } from "./usageTotals.ts";

/** Maximum number of rows of principals, and of sessions: the largest ones. */
const MAX_LISTED = 200;

export interface UsageOverviewOptions {
  readonly day: string;
  readonly resetsAt: Date;
  readonly engines: readonly EngineSettings[];
}

/** Sums rows by engine, principal and session, the largest sums first. Engines without use are listed as well. */
export function usageOverview(rows: readonly UsageRecord[], options: UsageOverviewOptions): EngineUsage {
  const { day, resetsAt, engines } = options;
  const usageOf = (engine: string, of: readonly UsageRecord[]) => {
    const currency = engines.find(({ id }) => id === engine)?.prices?.currency;
    const { steps, input, cached, output, cost } = sumOf(of, currency);
    return {
      engine,
      steps,
      inputTokens: input,
      cachedInputTokens: cached,
      outputTokens: output,
      ...(cost !== undefined && { cost, ...(currency !== undefined && { currency }) }),
    };
  };
  const engineIds = new Set([...engines.map(({ id }) => id), ...rows.map(({ engine }) => engine)]);
  const sessionRows = rows.filter(({ session }) => session !== undefined);
  return {
    day,
    resetsAt: resetsAt.toISOString(),
    engines: [...engineIds].map((id) => {
      const used = usageOf(
        id,
        rows.filter(({ engine }) => engine === id),
      );
      return {
        ...used,
        ...dailyLimitsOf(engines.find((engine) => engine.id === id)),
      };
    }),
    principals: grouped(rows, ({ engine, principal }) => [engine, principal])
      .slice(0, MAX_LISTED)
      .map(({ first, all }) => ({ ...usageOf(first.engine, all), principalId: first.principal })),
    sessions: grouped(sessionRows, ({ engine, session, window }) => [engine, session, window])
      .slice(0, MAX_LISTED)
      .map(({ first: { engine, session = "", window = "" }, all }) => {
        return { ...usageOf(engine, all), sessionId: session, windowId: window };
      }),
  };
}

interface Group {
  readonly first: UsageRecord;
  readonly all: readonly UsageRecord[];
}

function grouped(rows: readonly UsageRecord[], keyOf: (row: UsageRecord) => readonly unknown[]): readonly Group[] {
  const groups = new Map<string, { first: UsageRecord; all: UsageRecord[] }>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: row, all: [row] });
    else known.all.push(row);
  }
  const tokens = ({ all }: Group): number => all.reduce((sum, row) => sum + tokensOf(row), 0);
  return [...groups.values()].toSorted((a, b) => tokens(b) - tokens(a));
}
