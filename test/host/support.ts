import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { askHealth, type Discovery, waitForDiscovery } from "../support/editor/bridge.ts";

export {
  askHealth,
  connectionError,
  execute,
  waitForNoDiscovery,
  type Discovery,
} from "../support/editor/bridge.ts";

const BRIDGE_DEADLINE_MS = 15_000;

/** Where the bridge under test writes its discovery file. */
export function bridgeHome(): string {
  return process.env["KIRO_BRIDGE_HOME"] ?? join(homedir(), ".kiro-bridge");
}

/** The extension under test, active. Throws when the editor does not know it. */
export async function activeExtension(id = "kiro-bridge.kiro-bridge"): Promise<vscode.Extension<unknown>> {
  const extension = vscode.extensions.getExtension(id);
  if (!extension) throw new Error(`The editor does not know the extension ${id}.`);
  await extension.activate();
  return extension;
}

/** The bridge of this very extension host, up and healthy. */
export async function waitForBridge(deadlineMs = BRIDGE_DEADLINE_MS): Promise<Discovery> {
  await activeExtension();
  const bridge = await waitForDiscovery(bridgeHome(), deadlineMs, (found) => found.pid === process.pid);
  const health = await askHealth(bridge.url);
  if (health !== "healthy") throw new Error(`The bridge at ${bridge.url} says it is ${health}.`);
  return bridge;
}
