import { resolve } from "node:path";
import type { EnvironmentVariableCollection } from "vscode";
import type { Disposable } from "../../base/disposables.ts";

export interface TerminalEnvironmentOptions {
  /** Address of the bridge of this window. */
  readonly url: string;
  /** The discovery folder. */
  readonly folder: string;
}

/**
 * Tells programs in integrated terminals which bridge belongs to their window, with `KIRO_BRIDGE_URL` and `KIRO_BRIDGE_HOME`.
 * The token is not included: child processes inherit the environment, and tools print it. The editor must not restore the
 * variables in a later window, whose bridge may have another address or be off.
 * @returns removes the variables when disposed
 */
export function setTerminalEnvironment(
  collection: Pick<EnvironmentVariableCollection, "persistent" | "description" | "replace" | "clear">,
  { url, folder }: TerminalEnvironmentOptions,
): Disposable {
  collection.persistent = false;
  collection.description = "Adds the address of the bridge of this window and the folder of its `bridge.json`.";
  collection.replace("KIRO_BRIDGE_URL", url);
  collection.replace("KIRO_BRIDGE_HOME", resolve(folder));
  return { dispose: () => collection.clear() };
}
