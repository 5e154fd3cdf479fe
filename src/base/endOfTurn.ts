type Step = "commit" | "write";

const waiting: Record<Step, (() => void)[]> = { commit: [], write: [] };
let isScheduled = false;

/**
 * Calls a function at the end of this turn of the event loop: first those that commit, then those that write to clients. So
 * what must be stored before an answer goes out is stored once for all answers of a turn, which databases call a group commit. The
 * queue is per process, as the event loop is. The functions must not throw.
 */
export function atEndOfTurn(step: Step, run: () => void): void {
  waiting[step].push(run);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(endTurn);
}

/** Commits what waits for the end of this turn. Call it before each write to a client that does not wait for that. */
export function commitNow(): void {
  if (waiting.commit.length > 0) runAll("commit");
}

/** Calls a function that writes to a client: at once, or at the end of this turn if something is to be committed before. */
export function afterCommit(write: () => void): void {
  if (waiting.commit.length > 0) atEndOfTurn("write", write);
  else write();
}

function endTurn(): void {
  isScheduled = false;
  runAll("commit");
  runAll("write");
}

function runAll(step: Step): void {
  const runs = waiting[step];
  waiting[step] = [];
  for (const run of runs) run();
}
