import * as vscode from "vscode";
import { PANEL_TYPE } from "./places.ts";

/** The tabs of dashboards, whoever fills them: this extension host, one of before, or nobody yet. */
export function dashboardTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(PANEL_TYPE));
}
