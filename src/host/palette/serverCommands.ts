import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { bridgeOff } from "../../protocol/unavailable.ts";
import { externalLines } from "../address/addressText.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { curlLine, SAMPLE_REQUEST } from "../../dashboard/channel/curlLine.ts";
import { offer, tell, tellBriefly } from "../status/messages.ts";
import { statusText, viewOf } from "../status/statusText.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { discoveryMode } from "../settings.ts";
import type { OwnerTokens } from "../../hosting/tokens/ownerTokens.ts";
import type { CommandAction } from "./register.ts";

/** Timeout of `Health Check` in milliseconds. */
const HEALTH_TIMEOUT_MS = 5000;
const COPY_EXTERNAL = l10n.t("Copy That One");
/** The request of the copied curl line: harmless, with a visible effect. */

type ServerCommand = Extract<
  CommandName,
  "showStatus" | "reclaimPort" | "copyAddress" | "copyToken" | "rotateToken" | "copyCurl" | "healthCheck"
>;

/** The commands that show the server, and copy what programs need to call it. */
export function serverCommands(
  toggle: BridgeSwitch<Bridge>,
  stored: OwnerTokens,
): Record<ServerCommand, CommandAction> {
  // Otherwise the token is in memory, and there is none while the bridge is off.
  const tokens = (): OwnerTokens => {
    if (toggle.bridge === undefined && discoveryMode() === "full") return stored;
    return tokensAtAddress(running(toggle));
  };
  return {
    showStatus: () => showStatus(toggle),
    reclaimPort: () => reclaimPort(running(toggle)),
    copyAddress: () => copyAddress(running(toggle)),
    copyToken: async () =>
      copy(
        await tokens().get(),
        l10n.t("Token copied to the clipboard. Anyone who has it can run commands in this editor."),
      ),
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

/** @throws BridgeError CONFIGURATION_ERROR if only another window has the token */
function tokensAtAddress({ tokens, address, isPaired }: Bridge): OwnerTokens {
  if (!isPaired || address.role !== "member") return tokens;
  throw new BridgeError(
    "CONFIGURATION_ERROR",
    "With kiroBridge.auth.discovery set to pair, only the window that owns the address has the token. Create a token for the program instead.",
  );
}

/** Copies the address on this machine, and offers the one for the user's own computer. */
async function copyAddress({ url, external }: Bridge): Promise<void> {
  const { state } = external;
  if (state.kind !== "known") {
    void external.retry();
    return copy(url, [l10n.t("Address copied to the clipboard."), ...externalLines(state)].join(" "));
  }
  await copy(url, l10n.t("Address copied to the clipboard."));
  const copied = l10n.t("Kiro Bridge: {0} is copied; programs on this machine can use it.", url);
  const text = [copied, ...externalLines(state)].join(" ");
  void tell("information", text, COPY_EXTERNAL).then(async (button) => {
    if (button === COPY_EXTERNAL)
      await copy(state.url, l10n.t("Address for your own computer copied to the clipboard."));
  });
}

async function reclaimPort({ address }: Bridge): Promise<void> {
  const { wantedPort } = address;
  if (address.port === wantedPort || (await address.reclaim()))
    void offer("information", l10n.t("Kiro Bridge uses port {0}: {1}", wantedPort, address.url), {
      [l10n.t("Copy Address")]: "copyAddress",
    });
  else {
    const buttons = { [l10n.t("Reclaim Port")]: "reclaimPort", [l10n.t("Show Status")]: "showStatus" } as const;
    void offer(
      "warning",
      l10n.t("Kiro Bridge: Port {0} is still in use. The address is {1}.", wantedPort, address.url),
      buttons,
    );
  }
}

async function rotateToken(tokens: OwnerTokens): Promise<void> {
  await tokens.rotate();
  void offer("information", l10n.t("Kiro Bridge: The token was replaced. Programs need the new token."), {
    [l10n.t("Copy Token")]: "copyToken",
  });
}

async function copyCurl(bridge: Bridge): Promise<void> {
  if (bridge.token !== undefined) tokensAtAddress(bridge);
  const line = curlLine(bridge.url, bridge.token, SAMPLE_REQUEST, process.platform);
  const message =
    process.platform === "win32"
      ? l10n.t("curl command for the Command Prompt copied to the clipboard. It contains your token.")
      : l10n.t("curl command copied to the clipboard. It contains your token.");
  await copy(line, message);
}

function showStatus(toggle: BridgeSwitch<Bridge>): void {
  const { bridge, state } = toggle;
  void bridge?.external.retry();
  const { lines, hint } = statusText(state, bridge && viewOf(bridge));
  const shown = lines.filter((line) => line !== hint).join(" ");
  const buttons: Record<string, CommandName> =
    bridge === undefined
      ? { [l10n.t("Start")]: "start", [l10n.t("Open Log")]: "openLog" }
      : {
          ...(bridge.address.canReclaim && { [l10n.t("Reclaim Port")]: "reclaimPort" as const }),
          [l10n.t("Copy Address")]: "copyAddress",
          [l10n.t("Stop")]: "stop",
        };
  void offer(state.kind === "problem" ? "error" : "information", `Kiro Bridge: ${shown}`, buttons);
}

/** Calls the server through its socket, like any program. */
async function checkHealth(bridge: Bridge): Promise<unknown> {
  try {
    const response = await fetch(`${bridge.url}/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
    const health: unknown = await response.json();
    if (!response.ok) throw new Error(`status ${response.status}`);
    void offer("information", l10n.t("Kiro Bridge is healthy at {0}.", bridge.url), {
      [l10n.t("Show Status")]: "showStatus",
    });
    return health;
  } catch (error) {
    void offer("error", l10n.t("Kiro Bridge: The health check of {0} failed ({1}).", bridge.url, messageOf(error)), {
      [l10n.t("Restart")]: "restart",
      [l10n.t("Open Log")]: "openLog",
    });
    return undefined;
  }
}
