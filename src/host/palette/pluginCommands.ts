import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import * as vscode from "vscode";
import type { PluginRecord, PluginState } from "../../plugins/hub/pluginDirectory.ts";
import type { WindowPlugins } from "../../plugins/hub/hosting/windowPlugins.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { pick, tellBriefly } from "../status/messages.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

type PluginCommand = Extract<CommandName, "showPlugins" | "startPlugin" | "stopPlugin" | "approvePlugin">;

const stateWords: Readonly<Record<PluginState, string>> = {
  manual: l10n.t("is not started here"),
  unapproved: l10n.t("waits for your approval"),
  denied: l10n.t("never starts"),
  starting: l10n.t("starts"),
  running: l10n.t("is running"),
  restarting: l10n.t("crashed and starts again"),
  failed: l10n.t("crashed too often"),
  stopped: l10n.t("is stopped"),
};

/** States in which the user may start a plugin. */
const startable: readonly PluginState[] = ["unapproved", "denied", "restarting", "failed", "stopped"];
const stoppable: readonly PluginState[] = ["starting", "running", "restarting"];

/** The commands for plugins. Each takes the name of a plugin, or has the user select one. */
export function pluginCommands(toggle: BridgeSwitch<Bridge>): Record<PluginCommand, CommandAction> {
  const own = async (states: readonly PluginState[], title: string, argument: unknown, none: string) => {
    const plugins = await opened(toggle);
    const records = plugins.host.records().filter(({ state }) => states.includes(state));
    const name = typeof argument === "string" ? argument : await selectOne(records, title, none);
    return name === undefined ? undefined : { plugins, name };
  };
  const start = async (states: readonly PluginState[], title: string, argument: unknown, none: string) => {
    const chosen = await own(states, title, argument, none);
    if (chosen === undefined) return;
    await chosen.plugins.host.start(chosen.name);
    const state = chosen.plugins.host.records().find(({ name }) => name === chosen.name)?.state;
    if (state !== undefined) tellBriefly(l10n.t("Kiro Bridge: The plugin “{0}” {1}.", chosen.name, stateWords[state]));
  };
  return {
    showPlugins: async () => showPlugins(await opened(toggle)),
    startPlugin: (argument) => start(startable, l10n.t("Start Plugin"), argument, "There is no plugin to start."),
    approvePlugin: (argument) =>
      start(["unapproved", "denied"], l10n.t("Approve Plugin"), argument, "No plugin waits for your approval."),
    stopPlugin: async (argument) => {
      const chosen = await own(stoppable, l10n.t("Stop Plugin"), argument, "No plugin is running.");
      if (chosen === undefined) return;
      await chosen.plugins.host.stop(chosen.name);
      tellBriefly(l10n.t("Kiro Bridge: The plugin “{0}” {1}.", chosen.name, stateWords.stopped));
    },
  };
}

/** @throws BridgeError KIRO_UNAVAILABLE if the bridge is off, CONFIGURATION_ERROR if plugins are */
async function opened(toggle: BridgeSwitch<Bridge>): Promise<WindowPlugins> {
  const plugins = await running(toggle).pluginHosting.opened;
  if (plugins !== undefined) return plugins;
  throw new BridgeError("CONFIGURATION_ERROR", "Plugins are off: see the setting kiroBridge.plugins.enabled.");
}

async function selectOne(records: readonly PluginRecord[], title: string, none: string): Promise<string | undefined> {
  if (records.length === 0) throw new BridgeError("NOT_FOUND", none);
  const items = records.map(itemOf);
  return (await pick(items, { title, placeHolder: l10n.t("Select the plugin"), matchOnDetail: true }))?.label;
}

function itemOf({ name, version = "", state, detail = "", folder = "" }: PluginRecord) {
  return {
    label: name,
    description: `${version} ${stateWords[state]}`.trim(),
    detail: `${translate(detail)} ${folder}`.trim(),
  };
}

/** Lists all plugins and the folders whose plugins are not used. Shows the output of the selected one. */
async function showPlugins({ host, directory }: WindowPlugins): Promise<void> {
  const own = new Set(host.records().map(({ name }) => name));
  const all = directory
    .plugins()
    .map((record) =>
      own.has(record.name) ? (host.records().find(({ name }) => name === record.name) ?? record) : record,
    );
  const items = [
    ...all.map((record) => ({ ...itemOf(record), name: record.name })),
    ...host.problems.list().map(({ folder, message }) => ({
      label: folder,
      description: l10n.t("is not used"),
      detail: translate(message),
      name: undefined,
    })),
  ];
  if (items.length === 0)
    throw new BridgeError("NOT_FOUND", "There is no plugin. See the guide docs/guides/plugins.md.");
  const picked = await pick(items, {
    title: l10n.t("Plugins"),
    placeHolder: l10n.t("Select a plugin to see its last output"),
  });
  if (picked?.name === undefined || !own.has(picked.name)) return;
  const content = host.output(picked.name).join("\n");
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: "log" }));
}
