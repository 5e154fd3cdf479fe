import type * as z from "zod";
import {
  deadLetterListSchema,
  deadLettersRemovedSchema,
  destinationListSchema,
  destinationTestSchema,
  replaySchema,
} from "../../../protocol/exports/destinations.ts";
import type { Caller } from "../../../core/access/principal.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { OtherWindow, WindowCall, Windows } from "../../../server/windows/windows.ts";
import type { DestinationPlace } from "../../contract/exports.ts";
import type { DashboardDeps } from "../dashboardDeps.ts";
import { type ExportParts, SHOWN_LETTERS, TEST_MS } from "../exportActions.ts";
import { callWindow } from "./windowCalls.ts";

/** Timeout in milliseconds for the list of a window: the others are shown without it. */
const LIST_MS = 3000;
const PATH = "/kiro/exports";

type Call = Omit<WindowCall, "path" | "caller">;

/** Returns the destinations of all windows, of which each exports what it runs. @param home the window of the dashboard */
export function exportsOfAll(
  { exports: own, windowId: ownId, caller }: Pick<DashboardDeps, "exports" | "windowId" | "caller">,
  windows: Windows,
  home: string,
): ExportParts {
  /** Calls an endpoint of a destination in its window, or returns undefined if that is this one. */
  const there = <S extends z.ZodType>(
    { name, windowId }: DestinationPlace,
    action: string,
    call: Call,
    schema: S,
  ): Promise<z.infer<S>> | undefined => {
    if (windowId === ownId) return undefined;
    const window = windows.others.find(({ record }) => record.id === windowId);
    if (window === undefined) throw unavailable("window-gone", "The window is closed.");
    return callWindow(window, { ...call, caller, path: `${PATH}/${encodeURIComponent(name)}/${action}` }, schema);
  };
  return {
    view: async () => {
      const lists = [await own.view(), ...(await listsOf(windows.others, caller))];
      const all = lists.flatMap(({ destinations }) => destinations);
      return {
        destinations: [...all.filter((one) => one.windowId === home), ...all.filter((one) => one.windowId !== home)],
        // The windows have the same settings.
        problems: [...new Set(lists.flatMap(({ problems }) => problems))],
      };
    },
    test: async (place) =>
      (await there(place, "test", { method: "POST", timeoutMs: TEST_MS }, destinationTestSchema)) ?? own.test(place),
    letters: async (place) =>
      (await there(place, `dead-letters?limit=${SHOWN_LETTERS}`, { method: "GET" }, deadLetterListSchema)) ??
      own.letters(place),
    replay: async (place) =>
      (await there(place, "replay", { method: "POST" }, replaySchema))?.replayed ?? own.replay(place),
    removeLetters: async (place) =>
      (await there(place, "dead-letters", { method: "DELETE" }, deadLettersRemovedSchema)) ?? own.removeLetters(place),
  };
}

async function listsOf(others: readonly OtherWindow[], caller: Caller) {
  const call = { method: "GET", path: PATH, caller, timeoutMs: LIST_MS } as const;
  const lists = await Promise.allSettled(others.map((window) => callWindow(window, call, destinationListSchema)));
  return lists.flatMap((list) => (list.status === "fulfilled" ? [list.value] : []));
}
