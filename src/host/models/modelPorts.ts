import * as vscode from "vscode";
import { noEvent } from "../../base/events.ts";
import type { EditorMcpTools } from "../../tools/servers/toolServers.ts";
import { editorMcpTools } from "./editorMcpTools.ts";
import type { AllowedEditorModels, EditorChatModels } from "./editorModels.ts";

/** Reads the bundle of the models and tools of the editor. */
export const hostModels = (): Promise<typeof import("./hostModelsLibrary.ts")> => import("./hostModelsLibrary.ts");

/** Returns the models of the editor. Their code is a bundle of its own. */
export function editorModels({
  globalState,
  languageModelAccessInformation: access,
}: Pick<vscode.ExtensionContext, "globalState" | "languageModelAccessInformation">): AllowedEditorModels {
  const deps = { api: vscode, access, state: globalState };
  const models = async (): Promise<EditorChatModels> => new (await hostModels()).EditorChatModels(deps);
  return {
    // Editors of other kinds do not have it.
    onDidChange: vscode.lm?.onDidChangeChatModels ?? noEvent,
    list: async () => await (await models()).list(),
    allow: async (modelId, signal) => await (await models()).allow(modelId, signal),
    stream: async function* (request, signal) {
      yield* (await models()).stream(request, signal);
    },
  };
}

/** Returns the tools of the MCP servers that the editor runs. What calls them is part of the bundle of its models. */
export function editorTools(): EditorMcpTools {
  return {
    // The editor does not tell. Its tools are looked up whenever they are needed.
    onDidChange: noEvent,
    list: () => editorMcpTools(vscode.lm),
    invoke: async (...call) => await (await hostModels()).invokeEditorTool(vscode, ...call),
  };
}
