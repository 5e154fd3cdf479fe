import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Dashboards } from "./dashboards.ts";
import { PANEL_TYPE, VIEW_ID } from "./places.ts";

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
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async (panel) => (await dashboards()).adopt(panel),
    }),
  );
  return {
    load: dashboards,
    dispose: () => store.dispose(),
  };
}
