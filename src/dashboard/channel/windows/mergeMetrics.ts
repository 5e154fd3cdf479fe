import type { MetricsGroup, MetricsSnapshot } from "../../../protocol/metrics.ts";

type Slice = MetricsSnapshot["series"]["slices"][number];
type Percentiles = Pick<MetricsGroup, "p50" | "p95" | "p99">;
type Weighted = readonly [number, Percentiles];

/**
 * Adds up the metrics of several windows. Percentiles are averages weighted by the number of executions, because windows
 * report no distributions.
 */
export function mergeMetrics(first: MetricsSnapshot, others: readonly MetricsSnapshot[]): MetricsSnapshot {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const sum = (read: (metrics: MetricsSnapshot) => number): number => total(all.map(read));
  const count = sum(({ latencyMs }) => latencyMs.count);
  return {
    timestamp: first.timestamp,
    uptimeSeconds: Math.max(...all.map(({ uptimeSeconds }) => uptimeSeconds)),
    executions: {
      started: sum(({ executions }) => executions.started),
      completed: sum(({ executions }) => executions.completed),
      failed: sum(({ executions }) => executions.failed),
      cancelled: sum(({ executions }) => executions.cancelled),
      interrupted: sum(({ executions }) => executions.interrupted),
    },
    errorRate: count === 0 ? 0 : sum(({ errorRate, latencyMs }) => errorRate * latencyMs.count) / count,
    latencyMs: { count, ...averages(all.map(({ latencyMs }) => [latencyMs.count, latencyMs])) },
    queue: {
      running: sum(({ queue }) => queue.running),
      queued: sum(({ queue }) => queue.queued),
      waitingForInput: sum(({ queue }) => queue.waitingForInput),
    },
    events: {
      appended: sum(({ events }) => events.appended),
      sent: sum(({ events }) => events.sent),
      dropped: sum(({ events }) => events.dropped),
    },
    clients: sum(({ clients }) => clients),
    restarts: sum(({ restarts }) => restarts),
    commands: mergeGroups(all.map(({ commands }) => commands)),
    sessions: mergeGroups(all.map(({ sessions }) => sessions)),
    series: { ...first.series, slices: mergeSlices(first.series.slices, others) },
  };
}

function mergeGroups(lists: readonly (readonly MetricsGroup[])[]): MetricsGroup[] {
  const byName = Map.groupBy(lists.flat(), ({ name }) => name);
  return [...byName]
    .map(([name, groups]) => ({
      name,
      ended: total(groups.map(({ ended }) => ended)),
      failed: total(groups.map(({ failed }) => failed)),
      ...averages(groups.map((group) => [group.ended, group])),
    }))
    .toSorted((a, b) => b.ended - a.ended);
}

/** Slices begin at the same times in all windows. */
function mergeSlices(slices: readonly Slice[], others: readonly MetricsSnapshot[]): Slice[] {
  const byStart = Map.groupBy(
    others.flatMap(({ series }) => series.slices),
    ({ at }) => at,
  );
  return slices.map((slice) => {
    const same = [slice, ...(byStart.get(slice.at) ?? [])];
    const { p50, p95 } = averages(same.map((one) => [one.ended, one]));
    return {
      at: slice.at,
      started: total(same.map(({ started }) => started)),
      ended: total(same.map(({ ended }) => ended)),
      failed: total(same.map(({ failed }) => failed)),
      ...(p50 !== undefined && { p50 }),
      ...(p95 !== undefined && { p95 }),
    };
  });
}

function averages(parts: readonly Weighted[]): Percentiles {
  const p50 = average(parts, "p50");
  const p95 = average(parts, "p95");
  const p99 = average(parts, "p99");
  return { ...(p50 !== undefined && { p50 }), ...(p95 !== undefined && { p95 }), ...(p99 !== undefined && { p99 }) };
}

function average(parts: readonly Weighted[], name: keyof Percentiles): number | undefined {
  const known = parts.flatMap(([weight, { [name]: value }]) =>
    value === undefined || weight === 0 ? [] : [{ weight, value }],
  );
  const weight = total(known.map((part) => part.weight));
  return weight === 0 ? undefined : Math.round(total(known.map((part) => part.weight * part.value)) / weight);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
