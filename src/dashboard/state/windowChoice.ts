import * as l10n from "@vscode/l10n";
import type { DashboardState, ExecutionRow, WindowView } from "../contract/dashboard.ts";

/** The windows whose executions the page shows: `ALL`, `OWN`, or the ID of one. */
export type WindowChoice = string;
export const ALL: WindowChoice = "all";
export const OWN: WindowChoice = "own";

/** Another window, for people. */
export interface WindowLabel {
  readonly name: string;
  readonly isResponding: boolean;
}

type Windows = Pick<DashboardState, "windows" | "ownWindowId">;

/** The names of the folders that a name has at most. */
const MAX_FOLDERS = 2;

/** Returns the ID of the chosen window; undefined for all, also if the chosen one has left. */
export function chosenWindow(choice: WindowChoice, state: Windows | undefined): string | undefined {
  if (state === undefined || state.windows.length < 2 || choice === ALL) return undefined;
  const id = choice === OWN ? state.ownWindowId : choice;
  return state.windows.some((window) => window.id === id) ? id : undefined;
}

/** Returns the labels of the windows by their IDs: their folders, and the editor and process where these are the same. */
export function windowLabels({ windows }: Pick<Windows, "windows">): ReadonlyMap<string, WindowLabel> {
  const folders = windows.map(folderName);
  const names = distinct(
    distinct(folders, ({ editor }) => editor, windows),
    ({ pid }) => l10n.t("process {0}", String(pid)),
    windows,
  );
  return new Map(
    windows.map(({ id, state }, at) => [id, { name: names[at] ?? "", isResponding: state !== "not-responding" }]),
  );
}

const none: ReadonlyMap<string, WindowLabel> = new Map();
/** By state, so that lists with the same labels are not rendered again. */
const labelsOf = new WeakMap<Windows, ReadonlyMap<string, WindowLabel>>();

/** Returns the labels of the windows other than the page's own: the same map for the same state. */
export function otherLabels(state: Windows | undefined): ReadonlyMap<string, WindowLabel> {
  if (state === undefined) return none;
  const known = labelsOf.get(state);
  if (known !== undefined) return known;
  const labels = new Map([...windowLabels(state)].filter(([id]) => id !== state.ownWindowId));
  labelsOf.set(state, labels);
  return labels;
}

/** Selects the rows of a window, or all, with those of the page's own window first. Returns the same array if possible. */
export function shownRows(
  rows: readonly ExecutionRow[],
  windowId: string | undefined,
  ownWindowId: string | undefined,
): readonly ExecutionRow[] {
  if (windowId !== undefined) return rows.filter((row) => row.windowId === windowId);
  const isMixed = rows.some((row) => row.windowId !== rows[0]?.windowId);
  const rank = (row: ExecutionRow): number => Number(row.windowId !== ownWindowId);
  return isMixed ? rows.toSorted((a, b) => rank(a) - rank(b)) : rows;
}

/** Adds a detail to the names that more than one window has. */
function distinct(
  names: readonly string[],
  detailOf: (window: WindowView) => string,
  windows: readonly WindowView[],
): readonly string[] {
  return windows.map((window, at) => {
    const name = names[at] ?? "";
    return names.filter((other) => other === name).length > 1 ? `${name} (${detailOf(window)})` : name;
  });
}

function folderName({ workspaceFolders, editor }: WindowView): string {
  if (workspaceFolders.length === 0) return l10n.t("{0} without a folder", editor);
  const names = workspaceFolders.map((path) => path.split(/[\\/]/).findLast((part) => part !== "") ?? path);
  const more = names.length > MAX_FOLDERS ? ", …" : "";
  return `${names.slice(0, MAX_FOLDERS).join(", ")}${more}`;
}
