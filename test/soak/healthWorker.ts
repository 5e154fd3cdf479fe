import { setTimeout } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { call } from "./calls.ts";
import type { HealthAnswer, HealthWatch } from "./health.ts";

const HEALTH_EVERY_MS = 50;

/** Asks `/health` again and again, each time on a connection of its own, and posts every answer's status and time. */
async function watch({ target, soakMs }: HealthWatch): Promise<void> {
  const answers: HealthAnswer[] = [];
  const start = performance.now();
  while (performance.now() - start < soakMs) {
    const sentAt = performance.now();
    const { status } = await call(target, "/health", { isAlone: true });
    answers.push({ status, ms: performance.now() - sentAt });
    await setTimeout(HEALTH_EVERY_MS);
  }
  parentPort?.postMessage(answers, []);
}

await watch(workerData);
