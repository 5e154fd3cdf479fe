import type { UsageRecord } from "./usageRecord.ts";

/** Maximum number of rows with a session. Further sessions are counted without their names. */
const MAX_ROWS = 2000;

export interface UsageSum {
  readonly steps: number;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  /** Undefined without a cost in the currency. */
  readonly cost: number | undefined;
}

/** Sums of records: a row for each engine, principal and session. */
export class UsageTotals {
  readonly #rows = new Map<string, UsageRecord>();

  get rows(): readonly UsageRecord[] {
    return [...this.#rows.values()];
  }

  add(record: UsageRecord): void {
    const known = this.#rows.get(keyOf(record));
    const isTooMany = known === undefined && this.#rows.size >= MAX_ROWS && record.session !== undefined;
    if (isTooMany) return this.add({ ...record, session: undefined, window: undefined });
    this.#rows.set(keyOf(record), known === undefined ? record : together(known, record));
  }
}

/** @param currency of costs that are counted */
export function sumOf(rows: readonly UsageRecord[], currency: string | undefined): UsageSum {
  const sum = (valueOf: (row: UsageRecord) => number): number => rows.reduce((total, row) => total + valueOf(row), 0);
  const priced = rows.filter((row) => row.cost !== undefined && row.currency === currency);
  return {
    steps: sum(({ steps }) => steps),
    input: sum(({ input }) => input),
    cached: sum(({ cached }) => cached),
    output: sum(({ output }) => output),
    cost: priced.length === 0 ? undefined : priced.reduce((total, { cost = 0 }) => total + cost, 0),
  };
}

export function tokensOf({ input, output }: Pick<UsageRecord, "input" | "output">): number {
  return input + output;
}

function together(a: UsageRecord, b: UsageRecord): UsageRecord {
  const cost = a.cost === undefined ? b.cost : a.cost + (b.cost ?? 0);
  return {
    ...a,
    steps: a.steps + b.steps,
    input: a.input + b.input,
    cached: a.cached + b.cached,
    output: a.output + b.output,
    ...(cost !== undefined && { cost }),
  };
}

function keyOf({ engine, principal, session, window, currency }: UsageRecord): string {
  return JSON.stringify([engine, principal, session, session === undefined ? undefined : window, currency]);
}
