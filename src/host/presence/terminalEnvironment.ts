import { resolve } from "node:path";
import type { EnvironmentVariableCollection } from "vscode";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";

export interface TerminalEnvironmentOptions {
  readonly address: Pick<BridgeAddress, "url" | "onDidChange">;
  /** The discovery folder. */
  readonly folder: string;
}

/**
 * Tells programs in integrated terminals the address of their window, with `KIRO_BRIDGE_URL` and `KIRO_BRIDGE_HOME`; terminals
 * that are opened after it has moved get the new one. The token is not included: child processes inherit the environment, and tools print it. The editor must not restore the
 * variables in a later window, whose bridge may have another address or be off.
 * @returns removes the variables when disposed
 */
export function setTerminalEnvironment(
  collection: Pick<EnvironmentVariableCollection, "persistent" | "description" | "replace" | "clear">,
  { address, folder }: TerminalEnvironmentOptions,
): Disposable {
  collection.persistent = false;
  collection.description = "Adds the address of the bridge of this window and the folder of its `bridge.json`.";
  collection.replace("KIRO_BRIDGE_HOME", resolve(folder));
  let shown: string | undefined;
  const show = (): void => {
    // The editor marks open terminals as outdated after each change.
    if (address.url !== shown) collection.replace("KIRO_BRIDGE_URL", address.url);
    shown = address.url;
  };
  show();
  const following = address.onDidChange(show);
  return toDisposable(() => {
    void following.dispose();
    collection.clear();
  });
}
