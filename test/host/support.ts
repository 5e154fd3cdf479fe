import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { askHealth, type Discovery, readDiscoveries, waitForDiscovery } from "../support/editor/bridge.ts";
import { eventually } from "../support/editor/deadline.ts";

export {
  askHealth,
  execute,
  isGone,
  waitForNoDiscovery,
  type Discovery,
} from "../support/editor/bridge.ts";

const BRIDGE_DEADLINE_MS = 60_000;

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

/** So long after a program's command a person is asked before the bridge is steered; with something in hand. */
const ECHO_MS = 2500;

/** Runs a command of ours that asks a person while a program may be behind it, as soon as none can be. */
export async function runOwn<T>(command: string, argument?: unknown): Promise<T> {
  const isQuiet = async () => (Date.now() - (await lastOutsideEnd()) > ECHO_MS ? true : undefined);
  await eventually(isQuiet, { what: "the editor to be left alone by programs", deadlineMs: 60_000 });
  return vscode.commands.executeCommand<T>(`kiroBridge.${command}`, argument);
}

async function lastOutsideEnd(): Promise<number> {
  const bridge = (await readDiscoveries(bridgeHome())).find(({ pid }) => pid === process.pid);
  if (bridge === undefined || bridge.token === "") return 0;
  const answer = await fetch(`${bridge.url}/api/kiro/executions?limit=100`, {
    headers: { authorization: `Bearer ${bridge.token}` },
  });
  const { executions } = (await answer.json()) as { executions: { target: string; completedAt?: string }[] };
  const ends = executions
    .filter(({ target }) => target === "editor")
    .map(({ completedAt }) => (completedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(completedAt)));
  return Math.max(0, ...ends);
}
