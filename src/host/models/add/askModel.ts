import * as l10n from "@vscode/l10n";
import { translate } from "../../language/translate.ts";
import type { EngineSettings } from "../../../agents/engines/engineSettings.ts";
import type { EnginePreset } from "../../../agents/engines/presets.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { ADD_TITLE, type ModelDialogsDeps } from "./dialogs.ts";

/** Maximum number of models in the settings of an engine; see `engineSchema`. */
const MAX_EMBEDDINGS = 50;
const LONGEST_ID = 200;

/** The models of an engine, as its settings have them. */
export interface WantedModels {
  readonly models: string[];
  /** Those of the list whose names say so. */
  readonly embeddingModels: string[];
  /** Of the model, if it is known. */
  readonly contextTokens?: number;
}

interface ListedModel {
  readonly id: string;
  readonly name: string;
  readonly maxInputTokens?: number;
}

interface Listed {
  readonly models: readonly ListedModel[];
  /** The reason if there are none. */
  readonly problem?: string;
}

/**
 * Has the user select a model from the list of the vendor, or enter one.
 * @returns undefined if the user has left
 */
export async function askForModel(
  deps: ModelDialogsDeps,
  preset: EnginePreset,
  draft: { readonly settings: EngineSettings; readonly key: string | undefined },
): Promise<WantedModels | undefined> {
  const listed = preset.listsModels ? await listModels(deps, preset, draft) : { models: [] };
  if (listed === undefined) return undefined;
  const embeddings = listed.models.filter(isEmbedding);
  const others = listed.models.filter((model) => !isEmbedding(model));
  const id = await selectOrEnter(deps, preset, { ...listed, models: others });
  if (id === undefined) return undefined;
  const contextTokens = others.find((model) => model.id === id)?.maxInputTokens;
  return {
    models: [id],
    embeddingModels: embeddings.map((model) => model.id).slice(0, MAX_EMBEDDINGS),
    ...(contextTokens !== undefined && { contextTokens }),
  };
}

function isEmbedding({ id }: ListedModel): boolean {
  return id.toLowerCase().includes("embed");
}

/** @returns undefined if the user has cancelled it */
async function listModels(
  { dialogs, models, editorModels }: ModelDialogsDeps,
  { name, subject = name, wire }: EnginePreset,
  { settings, key }: { readonly settings: EngineSettings; readonly key: string | undefined },
): Promise<Listed | undefined> {
  const title = l10n.t("Kiro Bridge: Asking {0} for its models…", translate(subject));
  return await dialogs.showProgress({ title, place: "message" }, async (_report, signal) => {
    try {
      if (wire === "vscode-lm") return { models: await editorModels.list() };
      return { models: await (await models()).listModelsOf(settings, key, signal) };
    } catch (error) {
      return signal.aborted ? undefined : { models: [], problem: messageOf(error) };
    }
  });
}

async function selectOrEnter(
  { dialogs }: ModelDialogsDeps,
  preset: EnginePreset,
  { models, problem }: Listed,
): Promise<string | undefined> {
  const isDeployment = preset.modelWord === "deployment";
  if (models.length > 0) {
    const other = {
      label: isDeployment ? l10n.t("Enter another deployment…") : l10n.t("Enter another model…"),
      id: undefined,
    };
    const items = models.map(({ id, name }) => ({ label: id, id, ...(name !== id && { description: name }) }));
    const options = {
      title: ADD_TITLE,
      placeHolder: isDeployment
        ? l10n.t("Select the deployment of requests that name none")
        : l10n.t("Select the model of requests that name none"),
      matchOnDescription: true,
      ignoreFocusOut: true,
    };
    const picked = await dialogs.pick([...items, other], options);
    if (picked !== other) return picked?.id;
  }
  const prompt = isDeployment ? l10n.t("Enter the name of the deployment") : l10n.t("Enter the name of the model");
  const text = await dialogs.askForText({
    title: ADD_TITLE,
    prompt: problem === undefined ? prompt : `${translate(problem)} ${prompt}`,
    placeHolder: preset.modelExample,
    validateInput: (entered) => problemOfModel(entered.trim()),
  });
  return text?.trim();
}

function problemOfModel(id: string): string | undefined {
  if (id === "") return l10n.t("Enter the name.");
  return id.length > LONGEST_ID ? l10n.t("A name has at most {0} characters.", LONGEST_ID) : undefined;
}
