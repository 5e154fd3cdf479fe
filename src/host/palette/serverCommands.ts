import * as vscode from "vscode";
import { messageOf } from "../../protocol/errors.ts";
import { bridgeOff } from "../../protocol/unavailable.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { curlLine } from "../../dashboard/channel/curlLine.ts";
import { offer, tellBriefly } from "../status/messages.ts";
import { statusText } from "../status/statusText.ts";
import type { BridgeSwitch } from "../lifecycle/bridgeSwitch.ts";
import { discoveryMode } from "../settings.ts";
import type { OwnerTokens } from "../token/token.ts";
import type { CommandAction } from "./register.ts";

/** Timeout of `Health Check` in milliseconds. */
const HEALTH_TIMEOUT_MS = 5000;
/** The request of the copied curl line: harmless, with a visible effect. */
const SAMPLE_REQUEST = { command: "workbench.action.files.newUntitledFile" };

type ServerCommand = Extract<
  CommandName,
  "showStatus" | "copyAddress" | "copyToken" | "rotateToken" | "copyCurl" | "healthCheck"
>;

/** The commands that show the server, and copy what programs need to call it. */
export function serverCommands(
  toggle: BridgeSwitch<Bridge>,
  stored: OwnerTokens,
): Record<ServerCommand, CommandAction> {
  // Otherwise the token is in memory, and there is none while the bridge is off.
  const tokens = (): OwnerTokens => {
    if (toggle.bridge === undefined && discoveryMode() === "full") return stored;
    return running(toggle).tokens;
  };
  return {
    showStatus: () => showStatus(toggle),
    copyAddress: () => copy(running(toggle).url, "Address copied to the clipboard."),
    copyToken: async () =>
      copy(await tokens().get(), "Token copied to the clipboard. Anyone who has it can run commands in this editor."),
    rotateToken: () => rotateToken(tokens()),
    copyCurl: () => copyCurl(running(toggle)),
    healthCheck: () => checkHealth(running(toggle)),
  };
}

/** @throws BridgeError KIRO_UNAVAILABLE if the bridge is off */
export function running(toggle: BridgeSwitch<Bridge>): Bridge {
  if (toggle.bridge !== undefined) return toggle.bridge;
  throw bridgeOff();
}

async function copy(text: string, message: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  tellBriefly(`Kiro Bridge: ${message}`);
}

async function rotateToken(tokens: OwnerTokens): Promise<void> {
  await tokens.rotate();
  void offer("information", "Kiro Bridge: The token was replaced. Programs need the new token.", {
    "Copy Token": "copyToken",
  });
}

async function copyCurl(bridge: Bridge): Promise<void> {
  const line = curlLine(bridge.url, bridge.token, SAMPLE_REQUEST, process.platform);
  const where = process.platform === "win32" ? " for the Command Prompt" : "";
  await copy(line, `curl command${where} copied to the clipboard. It contains your token.`);
}

function showStatus(toggle: BridgeSwitch<Bridge>): void {
  const { bridge, state } = toggle;
  const requests = bridge?.access.pairings.pending.length;
  const { lines } = statusText(state, bridge?.status.load(), bridge?.agent.cliStatus(), requests);
  const shown = lines.filter((line) => !line.startsWith("Click ")).join(" ");
  const buttons: Record<string, CommandName> =
    bridge === undefined ? { Start: "start", "Open Log": "openLog" } : { "Copy Address": "copyAddress", Stop: "stop" };
  void offer(state.kind === "problem" ? "error" : "information", `Kiro Bridge: ${shown}`, buttons);
}

/** Calls the server through its socket, like any program. */
async function checkHealth(bridge: Bridge): Promise<unknown> {
  try {
    const response = await fetch(`${bridge.url}/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    const health: unknown = await response.json();
    if (!response.ok) throw new Error(`status ${response.status}`);
    void offer("information", `Kiro Bridge is healthy at ${bridge.url}.`, { "Show Status": "showStatus" });
    return health;
  } catch (error) {
    void offer("error", `Kiro Bridge: The health check of ${bridge.url} failed (${messageOf(error)}).`, {
      Restart: "restart",
      "Open Log": "openLog",
    });
    return undefined;
  }
}
