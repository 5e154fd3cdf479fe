import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type RunExport, runExportSchema } from "../../protocol/runExport.ts";
import { jsonIn } from "../../base/jsonIn.ts";
import type { RunArchive } from "../door/runArchive.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import { withinTime } from "../delivery/withinTime.ts";
import type { ListedObject, ObjectStore } from "./objectStore.ts";

/** Bytes of a run: those of a file with one. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Pages of a list, each of at most 1000 or 5000 objects. */
const MAX_PAGES = 10;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const RUN_FILE = /^([A-Za-z0-9_-]{1,128})\.json$/;
const uncompress = promisify(gunzip);

/** Creates the reader of an archive. @param prefix folders in front of the day, without slashes at its ends */
export function runArchive(store: ObjectStore, prefix: string): RunArchive {
  const root = prefix === "" ? "" : `${prefix}/`;
  return {
    days: async (signal) => {
      const { folders } = await withinTime(store.place, signal, (limit) => listed(store, root, limit));
      const names = folders.map((folder) => folder.slice(root.length).replace(/\/$/, ""));
      return names.filter((name) => DAY.test(name)).toSorted(backwards);
    },
    runs: async (day, signal) => {
      const folder = `${root}${day}/`;
      const { objects } = await withinTime(store.place, signal, (limit) => listed(store, folder, limit));
      return objects
        .map(({ key, size }) => ({ executionId: RUN_FILE.exec(key.slice(folder.length))?.[1] ?? "", day, size }))
        .filter(({ executionId }) => executionId !== "")
        .toSorted((a, b) => backwards(a.executionId, b.executionId));
    },
    read: async (executionId, signal, day = runDay(executionId)) => {
      if (day === undefined || !DAY.test(day) || !RUN_FILE.test(`${executionId}.json`)) return undefined;
      const key = `${root}${day}/${executionId}.json`;
      const bytes = await withinTime(store.place, signal, (limit) => store.get(key, MAX_BYTES, limit));
      return bytes === undefined ? undefined : await runIn(bytes, `${store.place} has an object '${key}'`);
    },
  };
}

async function listed(
  store: ObjectStore,
  prefix: string,
  signal: AbortSignal,
): Promise<{ readonly folders: readonly string[]; readonly objects: readonly ListedObject[] }> {
  const folders: string[] = [];
  const objects: ListedObject[] = [];
  let next: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await store.list(prefix, next, signal);
    folders.push(...page.folders);
    objects.push(...page.objects);
    next = page.next;
    if (next === undefined) break;
  }
  return { folders, objects };
}

/** Returns the day in the ID of an execution, `exec-<epoch ms>-…`: the one on which it was queued. */
export function runDay(executionId: string): string | undefined {
  const ms = Number(/^exec-(\d{1,13})-/.exec(executionId)?.[1]);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, 10);
}

/** Reads a run, compressed or not: some stores uncompress what they send. */
async function runIn(bytes: Buffer, what: string): Promise<RunExport> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const failure = new DeliveryFailure("refused", `${what} that is not a run of Kiro Bridge, or is too large.`);
  const text = isGzip
    ? await uncompress(bytes, { maxOutputLength: MAX_BYTES }).catch(() => {
        throw failure;
      })
    : bytes;
  const run = runExportSchema.safeParse(jsonIn(text.toString()));
  if (run.success) return run.data;
  throw failure;
}

function backwards(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}
