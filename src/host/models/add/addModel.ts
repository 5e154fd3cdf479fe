import * as l10n from "@vscode/l10n";
import { translate } from "../../language/translate.ts";
import type { EnginePreset } from "../../../agents/engines/presets.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { allowModel } from "./allowEditorModels.ts";
import { askForKey, assertKey, type EnteredKey } from "./askKey.ts";
import { askForModel, type WantedModels } from "./askModel.ts";
import { askForPreset, askForUrl } from "./askPreset.ts";
import { ADD_TITLE, type ModelDialogsDeps } from "./dialogs.ts";
import { addEngine, type EngineEntrySettings, freeId, problemOfId } from "./engineList.ts";
import type { ModelWish } from "./modelWish.ts";
import { type TriedEngine, tryEngine } from "./tryEngine.ts";

/**
 * Adds an engine: asks for its vendor, address, key and model, tests it with one real call, and saves it. Nothing is saved if
 * the user leaves before.
 * @throws BridgeError for a wish that is not valid
 */
export async function addModel(deps: ModelDialogsDeps, wish: ModelWish): Promise<void> {
  assertKey(wish);
  if (wish.id !== undefined) assertId(deps, wish.id);
  const preset = await askForPreset(deps.dialogs, wish.preset);
  const url = preset && (await askForUrl(deps.dialogs, preset, wish.url));
  if (preset === undefined || url === undefined) return;
  const entered = await askForKey(deps.dialogs, preset, wish);
  if (entered === undefined) return;
  const id = wish.id ?? freeId(deps.engines, preset.id);
  const wanted = await wantedModels(deps, preset, { wish, entered, draft: entryOf(preset, { id, url, entered }) });
  if (wanted === undefined) return;
  const named = wish.id ?? (await askForId(deps, id));
  if (named === undefined) return;
  const entry = { ...entryOf(preset, { id: named, url, entered }), ...wanted };
  const [model = ""] = entry.models;
  if (preset.wire === "vscode-lm" && !(await allowModel(deps, model))) return;
  const tried = await tryEngine(deps, entry, { title: ADD_TITLE, name: `“${named}”`, key: entered.key });
  if (tried !== undefined) await save(deps, entry, tried);
}

interface Draft {
  readonly id: string;
  /** "" for none. */
  readonly url: string;
  readonly entered: EnteredKey;
}

function entryOf({ wire, apiVersion }: EnginePreset, { id, url, entered }: Draft): EngineEntrySettings {
  return {
    id,
    wire,
    ...(url !== "" && { baseUrl: url }),
    ...(apiVersion !== undefined && { apiVersion }),
    auth: entered.auth,
  };
}

async function wantedModels(
  deps: ModelDialogsDeps,
  preset: EnginePreset,
  {
    wish,
    entered,
    draft,
  }: { readonly wish: ModelWish; readonly entered: EnteredKey; readonly draft: EngineEntrySettings },
): Promise<(Partial<WantedModels> & Pick<WantedModels, "models">) | undefined> {
  if (wish.model !== undefined) return { models: [wish.model] };
  const wanted = await askForModel(deps, preset, { settings: deps.engines.schema.parse(draft), key: entered.key });
  if (wanted === undefined) return undefined;
  const { embeddingModels, ...others } = wanted;
  return { ...others, ...(embeddingModels.length > 0 && { embeddingModels }) };
}

async function askForId({ dialogs, engines }: ModelDialogsDeps, suggested: string): Promise<string | undefined> {
  const id = await dialogs.askForText({
    title: ADD_TITLE,
    prompt: l10n.t("Enter a name for requests to it, of lower-case letters, digits and hyphens"),
    value: suggested,
    validateInput: (text) => {
      const problem = problemOfId(engines, text.trim());
      return problem && translate(problem);
    },
  });
  return id?.trim();
}

/** @throws BridgeError VALIDATION_FAILED */
function assertId({ engines }: ModelDialogsDeps, id: string): void {
  const problem = problemOfId(engines, id);
  if (problem !== undefined)
    throw new BridgeError("VALIDATION_FAILED", `The ID is not valid: ${problem}`, { field: "id" });
}

async function save(
  { dialogs, keys, engines }: ModelDialogsDeps,
  entry: EngineEntrySettings,
  { key, answer }: TriedEngine,
): Promise<void> {
  const { id } = entry;
  // Before the settings, whose change starts the bridge again.
  if (key !== undefined) await keys.store(id, key);
  try {
    await addEngine(engines, entry);
  } catch (error) {
    if (key !== undefined) await keys.remove(id);
    throw error;
  }
  const said = [
    l10n.t("Kiro Bridge: “{0}” was added.", id),
    ...(answer === undefined ? [] : [l10n.t("It answered: {0}", answer)]),
    l10n.t('Programs use it as the model {0}, or with "target": "{0}".', id),
  ];
  // Not awaited: the message may stay for a long time.
  void dialogs.tell("information", said.join(" "));
}
