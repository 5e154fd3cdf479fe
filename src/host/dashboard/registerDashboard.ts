import * as vscode from "vscode";
import { startDeadline } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Dashboards } from "./dashboards.ts";
import { dashboardTabs, PANEL_TYPE, VIEW_ID } from "./places.ts";

/** The time the editor may take to restore a visible dashboard, in milliseconds; then it never does. */
const RESTORED_MS = 5000;

/** Registers the places of the dashboard. Their content is loaded when one of them is shown. */
export function registerDashboard(load: () => Promise<Dashboards>): Disposable & { load(): Promise<Dashboards> } {
  const store = new DisposableStore();
  let loading: Promise<Dashboards> | undefined;
  const dashboards = (): Promise<Dashboards> => (loading ??= load());
  store.defer(async () => (await loading)?.dispose());
  store.add(
    vscode.window.registerWebviewViewProvider(VIEW_ID, {
      resolveWebviewView: async (view) => (await dashboards()).resolve(view),
    }),
  );
  store.add(
    startDeadline(RESTORED_MS, () => {
      const isInSight = dashboardTabs().some(({ isActive }) => isActive);
      if (isInSight) void dashboards().then((them) => them.replaceDead());
    }),
  );
  store.add(
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async (panel) => (await dashboards()).adopt(panel),
    }),
  );
  return {
    load: dashboards,
    dispose: () => store.dispose(),
  };
}
