import { type Caller, maySee } from "../../../core/access/principal.ts";
import { maySeeAllEvents } from "../../../core/access/visibleEvent.ts";
import type { History } from "../../../history/runHistory.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { ExecutionRecord } from "../../../protocol/executions.ts";
import type { MetricsSnapshot } from "../../../protocol/metrics.ts";
import type { RecordedRun } from "../../../protocol/runExport.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";

/** Returns a filter for the past executions that the caller may read. */
export function isReadableBy({ principal }: Caller): (record: ExecutionRecord) => boolean {
  return ({ requestedBy }) => maySee(principal, "history:read", requestedBy?.principal?.id);
}

/** Returns the ways to read one run, for those runs that the caller may see. The others do not exist for it. */
export function visibleRuns(
  history: Pick<History, "getRun" | "exportRun">,
  caller: Caller,
): Pick<DashboardDeps, "getRun" | "exportRun"> {
  const visible = <T extends Pick<RecordedRun, "execution">>(run: T): T => {
    if (isReadableBy(caller)(run.execution)) return run;
    throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
  };
  return {
    getRun: async (id) => visible(await history.getRun(id)),
    exportRun: async (id) => visible(await history.exportRun(id)),
  };
}

/** Returns the metrics that the caller may see: the breakdowns name what others have run. */
export function shownMetrics(snapshot: MetricsSnapshot, { principal }: Caller): MetricsSnapshot {
  return principal.scopes.has("history:read") ? snapshot : { ...snapshot, commands: [], sessions: [] };
}

/** Returns a filter for the active executions that the caller may follow. */
export function isShownTo({ principal }: Caller): (record: ExecutionRecord) => boolean {
  if (maySeeAllEvents(principal)) return () => true;
  return ({ requestedBy }) => maySee(principal, "events:read", requestedBy?.principal?.id);
}
