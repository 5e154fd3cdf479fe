import * as l10n from "@vscode/l10n";
import type * as vscode from "vscode";
import type { EngineSettings } from "../../../agents/engines/engineSettings.ts";

/** The most tokens of a prompt to Kiro, and of its answer. Kiro compacts its conversations automatically. */
const KIRO_INPUT = 200_000;
const KIRO_OUTPUT = 32_000;
/** The part of a context that is left for the answer if the settings do not say. */
const OUTPUT_SHARE = 8;

export interface OfferedModelsOptions {
  /** Those of the running bridge. */
  readonly engines: readonly Pick<EngineSettings, "id" | "name" | "wire" | "models" | "contextTokens" | "limits">[];
  /** True if Kiro can call the tools of the editor's chat. */
  readonly lendsTools: boolean;
  /** The version of the extension. */
  readonly version: string;
}

/** Returns the models for the editor's own picker: Kiro, and those of the settings. The editor has its own already. */
export function offeredModels({
  engines,
  lendsTools,
  version,
}: OfferedModelsOptions): vscode.LanguageModelChatInformation[] {
  const kiro = {
    id: "kiro",
    name: "Kiro",
    family: "kiro",
    tooltip: l10n.t("The Kiro CLI of this window, through Kiro Bridge. It works in the workspace with its own tools."),
    detail: "Kiro Bridge",
    maxInputTokens: KIRO_INPUT,
    maxOutputTokens: KIRO_OUTPUT,
    capabilities: { toolCalling: lendsTools, imageInput: true },
  };
  return [kiro, ...engines.filter(({ wire }) => wire !== "vscode-lm").flatMap(modelsOf)].map((model) => ({
    ...model,
    version,
  }));
}

function modelsOf({
  id,
  name = id,
  models,
  contextTokens,
  limits,
}: OfferedModelsOptions["engines"][number]): Omit<vscode.LanguageModelChatInformation, "version">[] {
  const maxOutputTokens = Math.min(limits.maxOutputTokens ?? contextTokens / OUTPUT_SHARE, contextTokens / 2);
  const common = {
    detail: name,
    maxInputTokens: Math.floor(contextTokens - maxOutputTokens),
    maxOutputTokens: Math.floor(maxOutputTokens),
    capabilities: { toolCalling: true, imageInput: true },
  };
  // Without a list, the vendor decides. It is not asked here, because the editor wants the models whenever it starts.
  const names = models.length > 0 ? models : [name];
  return names.map((model, at) => ({
    ...common,
    id: at === 0 ? id : `${id}/${model}`,
    name: model,
    family: model,
    tooltip: l10n.t("{0}, through Kiro Bridge", name),
  }));
}
