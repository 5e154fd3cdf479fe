import * as vscode from "vscode";
import type { Logger } from "../../base/logger.ts";
import { readSettings } from "../../bridge/settingsTable.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { ExportDialogsDeps } from "../exports/exportDialogs.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { namedSecrets } from "../secrets/namedSecrets.ts";
import { readEditorSettings } from "../settings.ts";
import * as dialogs from "../status/messages.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

type ExportCommand = Extract<CommandName, "setExportSecret" | "testExport" | "replayDeadLetters">;

/** Reads the bundle of the dialogs for exports. */
const hostExports = (): Promise<typeof import("../exports/hostExportsLibrary.ts")> =>
  import("../exports/hostExportsLibrary.ts");

/** The commands for destinations of exports. Each takes the name of one, or has the user select it. */
export function exportCommands(
  toggle: BridgeSwitch<Bridge>,
  context: Pick<vscode.ExtensionContext, "secrets" | "globalStorageUri">,
  logger: Logger,
): Record<ExportCommand, CommandAction> {
  const deps: ExportDialogsDeps = {
    dialogs,
    configured: () => readSettings(readEditorSettings()).settings.exports,
    control: () => {
      const { exports } = running(toggle);
      if (exports === undefined) throw unavailable("bridge-stopping", "The bridge has no exports.");
      return exports.control;
    },
    secrets: namedSecrets("exports", context, logger),
    selectFile: async (title) => (await vscode.window.showOpenDialog({ title }))?.[0]?.fsPath,
  };
  return {
    setExportSecret: async (argument) => await (await hostExports()).setExportSecret(deps, nameIn(argument)),
    testExport: async (argument) => await (await hostExports()).testExport(deps, nameIn(argument)),
    replayDeadLetters: async (argument) => await (await hostExports()).replayDeadLetters(deps, nameIn(argument)),
  };
}

function nameIn(argument: unknown): string | undefined {
  return typeof argument === "string" ? argument : undefined;
}
