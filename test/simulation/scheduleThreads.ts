import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

const MAX_THREADS = 4;
const program = new URL("scheduleThread.ts", import.meta.url);

/** The seeds of schedules. */
interface SeedRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Runs schedules in several threads at a time, in order.
 * @returns for each range, a promise that rejects with its first problem
 */
export function runInThreads(ranges: readonly SeedRange[]): Promise<void>[] {
  const jobs = ranges.map((seeds) => ({ seeds, settling: Promise.withResolvers<void>() }));
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { seeds, settling } = job;
      await once(new Worker(program, { workerData: seeds }), "exit").then(() => settling.resolve(), settling.reject);
    }
  };
  for (let count = Math.min(MAX_THREADS, availableParallelism()); count > 0; count--) void work();
  return jobs.map(({ settling }) => {
    // It is awaited later.
    settling.promise.catch(() => undefined);
    return settling.promise;
  });
}
