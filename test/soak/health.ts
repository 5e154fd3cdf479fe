import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as z from "zod";
import type { SoakTarget } from "./soakTarget.ts";

export interface HealthWatch {
  readonly target: SoakTarget;
  readonly soakMs: number;
}

const answers = z.array(z.object({ status: z.int(), ms: z.number() }));

export type HealthAnswer = z.infer<typeof answers>[number];

/**
 * Watches `/health` from a thread of its own: on the clients' thread the time would be theirs, since they write and parse
 * megabytes there.
 */
export async function watchHealth(watch: HealthWatch): Promise<HealthAnswer[]> {
  const worker = new Worker(new URL("healthWorker.ts", import.meta.url), { workerData: watch });
  const [taken]: unknown[] = await once(worker, "message");
  return answers.parse(taken);
}
