import * as vscode from "vscode";
import { engineSchema } from "../../agents/engines/engineSettings.ts";
import type { Logger } from "../../base/logger.ts";
import { validate } from "../../protocol/validate.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { ModelDialogsDeps } from "../models/add/dialogs.ts";
import type { EngineList } from "../models/add/engineList.ts";
import { modelWishSchema } from "../models/add/modelWish.ts";
import { editorModels, hostModels } from "../models/modelPorts.ts";
import { namedSecrets } from "../secrets/namedSecrets.ts";
import * as dialogs from "../status/messages.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

type ModelCommand = Extract<CommandName, "addModel" | "removeModel" | "setModelKey" | "allowEditorModels">;

/** The parts of the extension's context where it keeps keys, and what the user has allowed. */
export type ModelContext = Pick<
  vscode.ExtensionContext,
  "secrets" | "globalStorageUri" | "globalState" | "languageModelAccessInformation"
>;

/** The setting `kiroBridge.engines` of the user. */
const engines: EngineList = {
  schema: engineSchema,
  read: () => vscode.workspace.getConfiguration("kiroBridge").inspect("engines")?.globalValue,
  write: async (entries) => {
    await vscode.workspace
      .getConfiguration("kiroBridge")
      .update("engines", entries.length === 0 ? undefined : entries, vscode.ConfigurationTarget.Global);
  },
};

/** The commands for engines, whose dialogs are a bundle of their own. */
export function modelCommands(
  toggle: BridgeSwitch<Bridge>,
  context: ModelContext,
  logger: Logger,
): Record<ModelCommand, CommandAction> {
  const deps: ModelDialogsDeps = {
    dialogs,
    models: () => running(toggle).models(),
    editorModels: editorModels(context),
    keys: namedSecrets("engines", context, logger),
    engines,
  };
  return {
    addModel: async (argument) => {
      // Before any question: the bridge tests what is entered.
      running(toggle);
      await (await hostModels()).addModel(deps, validate(modelWishSchema, argument ?? {}));
    },
    removeModel: async (argument) => await (await hostModels()).removeModel(deps, idIn(argument)),
    setModelKey: async (argument) => {
      running(toggle);
      await (await hostModels()).setModelKey(deps, idIn(argument));
    },
    allowEditorModels: async () => await (await hostModels()).allowEditorModels(deps),
  };
}

function idIn(argument: unknown): string | undefined {
  return typeof argument === "string" ? argument : undefined;
}
