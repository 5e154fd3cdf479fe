import type { DashboardMethod, DashboardParams, DashboardResult } from "../contract/dashboard.ts";

/**
 * How the parts of the dashboard ask the host. Never rejects: what goes wrong is shown on top of the page, and the
 * answer is undefined then.
 */
export type Act = <M extends DashboardMethod>(
  method: M,
  params?: DashboardParams<M>,
) => Promise<DashboardResult<M> | undefined>;

/** For a part that nobody has given one yet. */
export const noAct: Act = () => Promise.resolve(undefined);
