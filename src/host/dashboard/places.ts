import * as vscode from "vscode";

/** The IDs of the dashboard's places in package.json: the view in the activity bar, and the panel among the editors. */
export const VIEW_ID = "kiroBridge.dashboard";
export const PANEL_TYPE = "kiroBridge.dashboardPanel";

/** Returns the tabs of dashboards: those of this extension host, of an earlier one, and those without content. */
export function dashboardTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(PANEL_TYPE));
}
