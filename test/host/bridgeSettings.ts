import * as vscode from "vscode";
import { type Discovery, runOwn, waitForBridge } from "./support.ts";

/** Restarts the bridge with these settings for the time of `work`, then puts the old ones back. */
export async function withSettings<T>(
  settings: Readonly<Record<string, unknown>>,
  work: (bridge: Discovery) => Promise<T>,
): Promise<T> {
  try {
    return await work(await restartWith(settings));
  } finally {
    await restartWith(Object.fromEntries(Object.keys(settings).map((key) => [key, undefined])));
  }
}

/** Restarts the bridge with these settings; `undefined` restores a default. */
export async function restartWith(settings: Readonly<Record<string, unknown>>): Promise<Discovery> {
  const configuration = vscode.workspace.getConfiguration("kiroBridge");
  for (const [key, value] of Object.entries(settings)) {
    await configuration.update(key, value, vscode.ConfigurationTarget.Global);
  }
  await runOwn("restart", { force: true });
  return waitForBridge();
}
