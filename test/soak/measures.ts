import { setTimeout } from "node:timers/promises";
import { quantile } from "../bench/load.ts";
import { call } from "./calls.ts";
import type { HealthAnswer } from "./health.ts";
import type { SoakTarget } from "./soakTarget.ts";
import type { Tally } from "./tally.ts";

/** A full collection holds the host up, and who asks for its health meanwhile. */
const MEMORY_EVERY_MS = 60_000;
/** How much the heap may grow after the first minute: what a full ring, log and index may still take. */
const MAX_HEAP_GROWTH = 1.25;
/** For the 99th percentile of the response times of `/health`. */
const MAX_HEALTH_MS = 50;
const MiB = 2 ** 20;

export interface Sample {
  readonly seconds: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
}

/** Collects samples of the memory of a host until the time is over. */
export async function sampleMemory(target: SoakTarget, soakMs: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  for (let now = 0; now < soakMs; now = performance.now() - start) {
    await setTimeout(Math.min(MEMORY_EVERY_MS, soakMs));
    const { text } = await call({ ...target, url: target.probe }, "/memory", { isAlone: true });
    const { heapUsed, heapTotal, external, rss }: Record<string, number> = JSON.parse(text);
    const sample = {
      seconds: Math.round((performance.now() - start) / 1000),
      heapMiB: ((heapUsed ?? 0) + (external ?? 0)) / MiB,
      rssMiB: (rss ?? 0) / MiB,
    };
    const reserved = (heapTotal ?? 0) / MiB;
    console.log(
      `${sample.seconds} s: heap ${sample.heapMiB.toFixed(0)} of ${reserved.toFixed(0)} MiB, resident ${sample.rssMiB.toFixed(0)} MiB`,
    );
    samples.push(sample);
  }
  return samples;
}

/** Prints what was measured and counted. @returns the exit code */
export function report(
  samples: readonly Sample[],
  health: readonly HealthAnswer[],
  tally: Tally,
  maxHealthMs = MAX_HEALTH_MS,
): number {
  const settled = samples.filter(({ seconds }) => seconds >= 60);
  const half = Math.ceil(settled.length / 2);
  const [early, late] = [leastOf(settled.slice(0, half)), leastOf(settled.slice(-half))];
  console.log(`Least heap in the first half ${early.toFixed(0)} MiB, in the second ${late.toFixed(0)} MiB.`);
  if (late > early * MAX_HEAP_GROWTH) tally.violate("the heap grows");
  const times = health.map(({ ms }) => ms);
  const at = (q: number): number => quantile(times, q);
  console.log(
    `/health, ${times.length} times: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
  );
  if (at(0.99) > maxHealthMs) tally.violate(`/health: p99 is ${at(0.99).toFixed(0)} ms`);
  for (const { status } of health) if (status !== 200) tally.violate(`/health was answered ${status}`);
  for (const line of tally.lines()) console.log(line);
  console.log(`${tally.violationCount} violations`);
  for (const violation of tally.violations) console.log(`- ${violation}`);
  return tally.violationCount === 0 ? 0 : 1;
}

/** What is in flight comes on top of what stays: the least of several samples is nearest to that. */
function leastOf(samples: readonly Sample[]): number {
  return Math.min(...samples.map(({ heapMiB }) => heapMiB));
}
