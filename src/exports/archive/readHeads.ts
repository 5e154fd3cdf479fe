import { startDeadline } from "../../base/deadline.ts";
import type { ListedRun, RunHead } from "../../core/runArchive.ts";
import { DeliveryFailure } from "../delivery/destination.ts";

/** Bytes of an object that is read only to say what it is. */
export const MAX_HEAD_BYTES = 256 * 1024;
const MAX_HEADS = 100;
const AT_ONCE = 6;
const HEADS_MS = 10_000;

type ReadHead = (run: ListedRun, signal: AbortSignal) => Promise<RunHead | undefined>;

/** Reads the heads of the first runs that are small. See `RunArchive.heads`. */
export async function readHeads(
  runs: readonly ListedRun[],
  signal: AbortSignal,
  read: ReadHead,
): Promise<ReadonlyMap<string, RunHead>> {
  const heads = new Map<string, RunHead>();
  const end = new AbortController();
  const deadline = startDeadline(HEADS_MS, () => end.abort());
  const limit = AbortSignal.any([signal, end.signal]);
  const left = runs.filter(({ size = 0 }) => size <= MAX_HEAD_BYTES).slice(0, MAX_HEADS);
  const work = async (): Promise<void> => {
    for (let run = left.shift(); run !== undefined && !limit.aborted; run = left.shift()) {
      try {
        const head = await read(run, limit);
        if (head !== undefined) heads.set(run.executionId, head);
      } catch (error) {
        // The others may be fine. Of other failures, the next request says what they are.
        if (!(error instanceof DeliveryFailure && error.kind === "refused")) end.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  void deadline.dispose();
  signal.throwIfAborted();
  return heads;
}
