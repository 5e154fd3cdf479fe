import { parseArgs } from "node:util";
import { withDeadline } from "../support/editor/deadline.ts";
import { call } from "./calls.ts";
import { clients, live } from "./clients.ts";
import { watchHealth } from "./health.ts";
import { report, sampleMemory } from "./measures.ts";
import { allGone, hostsChildren } from "./processes.ts";
import { soakTarget } from "./soakTarget.ts";
import { Tally } from "./tally.ts";
import { startDriver } from "../support/hostSuite/startDriver.ts";

const START_DEADLINE_MS = 120_000;

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

process.exitCode = await main();
