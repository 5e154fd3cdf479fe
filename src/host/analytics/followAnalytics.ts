import * as vscode from "vscode";
import type { Disposable } from "../../base/disposables.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { AnalyticsDeps, AnalyticsTarget, OpenedAnalytics } from "./openAnalytics.ts";

interface FollowDeps extends AnalyticsDeps {
  /** Calls its argument when a setting has changed. */
  readonly onDidChangeSettings: (listener: () => void) => Disposable;
}

/** Switches analytics on and off as the settings say. Their code is read when they are switched on. */
export function followAnalytics({ onDidChangeSettings, ...deps }: FollowDeps): Disposable {
  let wanted: string | undefined;
  let opened: OpenedAnalytics | undefined;
  const queue = new SerialQueue();
  const end = async (): Promise<void> => {
    await opened?.dispose();
    opened = undefined;
  };
  const apply = async (target: AnalyticsTarget | undefined): Promise<void> => {
    try {
      opened?.abandon();
      await end();
      if (target !== undefined) opened = (await import("./analyticsLibrary.ts")).openAnalytics(deps, target);
    } catch (error) {
      deps.logger.warn("Analytics could not be turned on or off", { error: messageOf(error) });
    }
  };
  const follow = async (target: AnalyticsTarget | undefined): Promise<void> => {
    const text = target && JSON.stringify(target);
    if (text === wanted) return;
    wanted = text;
    // At once: what was collected goes to nobody any more.
    opened?.abandon();
    await queue.run(() => apply(target));
  };
  const listening = onDidChangeSettings(() => void follow(targetOfSettings()));
  void follow(targetOfSettings());
  return {
    dispose: async () => {
      await listening.dispose();
      await queue.run(end);
    },
  };
}

/** Returns undefined unless the user has switched analytics on and has said where they go: this build has no address of its own. */
function targetOfSettings(): AnalyticsTarget | undefined {
  const settings = vscode.workspace.getConfiguration("kiroBridge.analytics");
  const text = (key: string): string => String(settings.get(key) ?? "").trim();
  const target = { url: text("url"), projectKey: text("projectKey") };
  return settings.get("enabled") === true && target.url !== "" && target.projectKey !== "" ? target : undefined;
}
