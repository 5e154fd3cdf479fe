import { nothing } from "lit";
import { messageOf } from "../../protocol/errors.ts";
import type { DashboardClient } from "../state/dashboardClient.ts";
import { withheldWords } from "./browser/missingWords.ts";
import type { DashboardMethod, DashboardParams, DashboardResult } from "../contract/dashboard.ts";

/**
 * Calls a method of the host for a component. Never rejects: errors are shown at the top of the page, and the result is
 * undefined.
 */
export interface Act {
  <M extends DashboardMethod>(method: M, params?: DashboardParams<M>): Promise<DashboardResult<M> | undefined>;
  /** Returns the reason why the host does not offer a method here, for people. Default: it offers all. */
  readonly whyNot?: (method: DashboardMethod) => string | undefined;
}

/** Delay in milliseconds before progress is shown. */
const SLOW_MS = 300;

/** The page as far as a call changes it. */
interface CallingPage {
  readonly client: DashboardClient | undefined;
  /** The error of the last call; empty if it has succeeded. */
  message: string;
  /** True while a call takes long. */
  isSlow: boolean;
}

/** Creates the `Act` of a page, which shows progress and errors. */
export function createAct(page: CallingPage): Act {
  let pending = 0;
  const call = async <M extends DashboardMethod>(
    method: M,
    params?: DashboardParams<M>,
  ): Promise<DashboardResult<M> | undefined> => {
    const slow = setTimeout(() => (page.isSlow = true), SLOW_MS);
    pending++;
    try {
      const result = await page.client?.connection.call(method, params);
      page.message = "";
      return result;
    } catch (error) {
      page.message = messageOf(error);
      return undefined;
    } finally {
      clearTimeout(slow);
      page.isSlow = --pending > 0 && page.isSlow;
    }
  };
  return Object.assign(call, {
    whyNot: (method: DashboardMethod) => withheldWords(page.client?.state?.withheld?.[method]),
  });
}

/** The default for a component that was not given one yet. */
export const noAct: Act = () => Promise.resolve(undefined);

/** Returns a control, or nothing where the host does not offer its method: a control that cannot work is not shown. */
export function ifOffered<T>(act: Act, method: DashboardMethod, control: T): T | typeof nothing {
  return act.whyNot?.(method) === undefined ? control : nothing;
}
