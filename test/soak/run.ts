import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { quantile } from "../bench/load.ts";
import { withDeadline } from "../support/editor/deadline.ts";
import { call } from "./calls.ts";
import { clients, live } from "./clients.ts";
import { type HealthAnswer, watchHealth } from "./health.ts";
import { hostsChildren, isAlive } from "./processes.ts";
import { type SoakTarget, soakTarget } from "./soakTarget.ts";
import { Tally } from "./tally.ts";
import { startDriver } from "../support/hostSuite/startDriver.ts";

const START_DEADLINE_MS = 120_000;
/** A full collection holds the host up, and who asks for its health meanwhile. */
const MEMORY_EVERY_MS = 60_000;
/** How much the heap may grow after the first minute: what a full ring, log and index may still take. */
const MAX_HEAP_GROWTH = 1.25;
const MAX_HEALTH_P99_MS = 50;
const MiB = 2 ** 20;

interface Sample {
  readonly seconds: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
}

/**
 * `npm run soak [-- --minutes 10]`: mixed clients (fast, frozen, dying, hostile, large, keyed, chatting) against the
 * packed extension in a real editor. Prints the heap after each collection, the answer times of `/health`, and what was
 * counted; fails when the heap grows after the first minute, an event is lost unannounced, or a process is left.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
  const soakMs = Number(values.minutes) * 60_000;
  const { target, host } = await startDriver({
    name: "soak-driver",
    entry: "test/soak/host/index.ts",
    file: "target.json",
    schema: soakTarget,
    deadlineMs: soakMs + START_DEADLINE_MS,
  });
  const tally = new Tally();
  const end = new AbortController();
  const lives = clients.flatMap(([kind, count]) =>
    Array.from({ length: count }, () => live(kind, { target, tally, signal: end.signal })),
  );
  const [samples, health] = await Promise.all([sampleMemory(target, soakMs), watchHealth({ target, soakMs })]);
  end.abort();
  await Promise.allSettled(lives);
  const children = await hostsChildren(target.pid);
  await call({ ...target, url: target.probe }, "/done", { isAlone: true });
  await host;
  await withDeadline(allGone([target.pid, ...children]), 30_000, "all processes to end").catch((error: unknown) =>
    tally.violate(String(error)),
  );
  return report(samples, health, tally);
}

async function sampleMemory(target: SoakTarget, soakMs: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  for (let now = 0; now < soakMs; now = performance.now() - start) {
    await setTimeout(Math.min(MEMORY_EVERY_MS, soakMs));
    const { text } = await call({ ...target, url: target.probe }, "/memory", { isAlone: true });
    const { heapUsed, external, rss }: Record<string, number> = JSON.parse(text);
    const sample = {
      seconds: Math.round((performance.now() - start) / 1000),
      heapMiB: ((heapUsed ?? 0) + (external ?? 0)) / MiB,
      rssMiB: (rss ?? 0) / MiB,
    };
    console.log(`${sample.seconds} s: heap ${sample.heapMiB.toFixed(0)} MiB, resident ${sample.rssMiB.toFixed(0)} MiB`);
    samples.push(sample);
  }
  return samples;
}

function report(samples: readonly Sample[], health: readonly HealthAnswer[], tally: Tally): number {
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
  if (at(0.99) > MAX_HEALTH_P99_MS) tally.violate(`/health: p99 is ${at(0.99).toFixed(0)} ms`);
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

async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await setTimeout(50);
}

process.exitCode = await main();
