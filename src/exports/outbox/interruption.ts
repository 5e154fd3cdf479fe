import { unavailable } from "../../protocol/unavailable.ts";
import type { Fact, RunSummary } from "./fact.ts";

const INTERRUPTED = "The window that ran this has ended. The outcome is unknown.";

/**
 * Returns the end of a run whose window has ended without one. It has the same ID whichever window tells it, however often.
 * @param outbox the name of the outbox of the run
 */
export function interruptionOf(run: RunSummary, outbox: string): Fact {
  const now = Date.now();
  const { code: errorCode, recoverable, message: error } = unavailable("window-gone", INTERRUPTED);
  const sequence = run.sequence + 1;
  const { executionId, principalId, windowId } = run;
  return {
    id: `${outbox}-end-${executionId.replace(/[^A-Za-z0-9_-]/g, "_")}`,
    at: now,
    event: {
      type: "command-error",
      executionId,
      ...(principalId !== undefined && { principalId }),
      error,
      errorCode,
      cause: "window-gone",
      recoverable,
      status: "interrupted",
      eventId: sequence,
      timestamp: new Date(now).toISOString(),
      windowId,
      windowEventId: sequence,
    },
    run: { ...run, sequence, status: "interrupted", completedAt: now, errorCode, cause: "window-gone" },
  };
}
