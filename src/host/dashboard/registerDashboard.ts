import * as vscode from "vscode";
import { startDeadline } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { dashboardTabs } from "./dashboardTabs.ts";
import type { Dashboards } from "./dashboards.ts";
import { PANEL_TYPE, VIEW_ID } from "./places.ts";

/** How long the editor may take to give back a dashboard that is in sight, in milliseconds; then nobody fills it. */
const RESTORED_MS = 5000;

/** The places of the dashboard, empty until somebody looks: what fills them is read then. */
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
