import type { ListedRun, RunArchive } from "../../core/runArchive.ts";
import { MAX_RUN_BYTES } from "../../protocol/runExport.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import { withinTime } from "../delivery/withinTime.ts";
import { headIn, runIn } from "./objectContent.ts";
import type { ListedObject, ObjectPage, ObjectStore } from "./objectStore.ts";
import { MAX_HEAD_BYTES, readHeads } from "./readHeads.ts";

/** Pages of a list, each of at most 1000 or 5000 objects. Stores list by name, so the newest runs come last. */
const MAX_PAGES = 100;
/** Runs of a day, of which the newest are kept. */
const MAX_RUNS = 1000;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const RUN_FILE = /^([A-Za-z0-9_-]{1,128})\.json$/;

/** Creates the reader of an archive. @param prefix folders in front of the day, without slashes at its ends */
export function runArchive(store: ObjectStore, prefix: string): RunArchive {
  const root = prefix === "" ? "" : `${prefix}/`;
  const keyOf = (executionId: string, day: string): string => `${root}${day}/${executionId}.json`;
  return {
    days: async (signal) => {
      const days: string[] = [];
      await withinTime(store.place, signal, async (limit) => {
        for await (const { folders } of pagesOf(store, root, limit))
          days.push(...folders.map((folder) => folder.slice(root.length, -1)).filter((name) => DAY.test(name)));
      });
      return days.toSorted(backwards);
    },
    runs: async (day, signal) => {
      const folder = `${root}${day}/`;
      let runs: readonly ListedRun[] = [];
      await withinTime(store.place, signal, async (limit) => {
        for await (const { objects } of pagesOf(store, folder, limit)) {
          const found = objects.flatMap((object) => listedRun(object, folder, day));
          runs = [...runs, ...found].toSorted((a, b) => backwards(a.executionId, b.executionId)).slice(0, MAX_RUNS);
        }
      });
      return runs;
    },
    heads: async (runs, signal) =>
      await readHeads(runs, signal, async ({ executionId, day }, limit) => {
        const bytes = await store.get(keyOf(executionId, day), MAX_HEAD_BYTES, limit);
        return bytes === undefined ? undefined : await headIn(bytes, MAX_HEAD_BYTES);
      }),
    read: async (executionId, signal, day = runDay(executionId)) => {
      if (day === undefined || !DAY.test(day) || !RUN_FILE.test(`${executionId}.json`)) return undefined;
      const key = keyOf(executionId, day);
      const bytes = await withinTime(store.place, signal, (limit) => store.get(key, MAX_RUN_BYTES, limit));
      return bytes === undefined ? undefined : await runIn(bytes, `${store.place} has an object '${key}'`);
    },
  };
}

/** @throws DeliveryFailure if there are more than can be read */
async function* pagesOf(store: ObjectStore, prefix: string, signal: AbortSignal): AsyncGenerator<ObjectPage> {
  let next: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await store.list(prefix, next, signal);
    yield page;
    next = page.next;
    if (next === undefined) return;
  }
  const sentence = `${store.place} has too many objects below '${prefix}' to be listed. Enter the ID of an execution.`;
  throw new DeliveryFailure("refused", sentence);
}

function listedRun({ key, size }: ListedObject, folder: string, day: string): readonly ListedRun[] {
  const executionId = RUN_FILE.exec(key.slice(folder.length))?.[1];
  return executionId === undefined ? [] : [{ executionId, day, queuedAt: queuedAtOf(executionId), size }];
}

/** Returns the day in the ID of an execution: the one on which it was queued. */
export function runDay(executionId: string): string | undefined {
  const ms = queuedAtOf(executionId);
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 10);
}

/** Returns the time in the ID of an execution, `exec-<epoch ms>-…`. */
function queuedAtOf(executionId: string): number | undefined {
  const ms = /^exec-(\d{1,13})-/.exec(executionId)?.[1];
  return ms === undefined ? undefined : Number(ms);
}

function backwards(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}
