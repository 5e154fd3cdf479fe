import type { DashboardMethod, DashboardParams, DashboardResult } from "../contract/dashboard.ts";

/**
 * Calls a method of the host for a component. Never rejects: errors are shown at the top of the page, and the result is
 * undefined.
 */
export type Act = <M extends DashboardMethod>(
  method: M,
  params?: DashboardParams<M>,
) => Promise<DashboardResult<M> | undefined>;

/** The default for a component that was not given one yet. */
export const noAct: Act = () => Promise.resolve(undefined);
