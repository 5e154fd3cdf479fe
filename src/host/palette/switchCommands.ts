import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { busyText } from "../status/busyText.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { confirm, offer } from "../status/messages.ts";
import { outsideText } from "../outsideText.ts";
import type { CommandAction } from "./register.ts";

type SwitchCommand = Extract<CommandName, "start" | "stop" | "restart" | "toggle">;
type Toggle = BridgeSwitch<Bridge>;

/**
 * The commands that switch the bridge on and off. If running commands would end, the user is asked first, unless
 * another extension passes `{force: true}`. Calls that a program may have caused always ask; see `guardFromOutside`.
 */
export function switchCommands(toggle: Toggle): Record<SwitchCommand, CommandAction> {
  const stop: CommandAction = async (argument) => {
    if (await mayEnd(toggle, "stop", argument)) await toggle.stop();
  };
  return {
    start: () => start(toggle),
    stop,
    restart: async (argument) => {
      if (await mayEnd(toggle, "restart", argument)) await toggle.restart();
    },
    toggle: (argument) => {
      if (!vscode.workspace.isTrusted) return vscode.commands.executeCommand("workbench.trust.manage");
      const { kind } = toggle.state;
      return kind === "on" || kind === "starting" ? stop(argument) : toggle.start();
    },
  };
}

/** Starts the bridge. If it is already on, a message says so. */
async function start(toggle: Toggle): Promise<void> {
  const { bridge } = toggle;
  if (bridge === undefined) return toggle.start();
  const buttons = { [l10n.t("Open Dashboard")]: "openDashboard", [l10n.t("Copy Address")]: "copyAddress" } as const;
  void offer("information", l10n.t("Kiro Bridge is already running at {0}", bridge.url), buttons);
}

async function mayEnd(toggle: Toggle, what: "stop" | "restart", argument: unknown): Promise<boolean> {
  const { bridge } = toggle;
  if (bridge === undefined) return true;
  const busy = isForced(argument) ? undefined : busyText(bridge.status.load());
  const outside = outsideText(bridge.dispatcher.latestOutsideCommand());
  const details = [busy, outside].filter((detail) => detail !== undefined);
  if (details.length === 0) return true;
  return confirm({
    question: what === "stop" ? l10n.t("Stop Kiro Bridge?") : l10n.t("Restart Kiro Bridge?"),
    detail: details.join(" "),
    yes: what === "stop" ? l10n.t("Stop") : l10n.t("Restart"),
    no: l10n.t("Keep Running"),
    isUnexpected: outside !== undefined,
  });
}

function isForced(argument: unknown): boolean {
  return typeof argument === "object" && argument !== null && "force" in argument && argument.force === true;
}
