import * as l10n from "@vscode/l10n";
import type { EngineSettings } from "../../../agents/engines/engineSettings.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { quote } from "../../../protocol/validate.ts";
import { enterKey, isKept } from "./askKey.ts";
import type { ModelDialogsDeps } from "./dialogs.ts";
import { findEngine, idsIn, removeEngine } from "./engineList.ts";
import { tryEngine } from "./tryEngine.ts";

const KEY_TITLE = l10n.t("Set Key of a Model");

/** Removes an engine and its key, after a question. @param wanted its ID, which is asked for otherwise */
export async function removeModel(
  { dialogs, engines, keys }: Pick<ModelDialogsDeps, "dialogs" | "engines" | "keys">,
  wanted: string | undefined,
): Promise<void> {
  const id = await askForEngine(dialogs, l10n.t("Remove Model"), idsIn(engines), wanted);
  if (id === undefined) return;
  const isWanted = await dialogs.confirm({
    question: l10n.t("Remove the model “{0}”?", quote(id)),
    detail: l10n.t("Its settings and its key are removed. Programs that name it get an error from then on."),
    yes: l10n.t("Remove Model"),
  });
  if (!isWanted) return;
  await removeEngine(engines, id);
  await keys.remove(id);
  dialogs.tellBriefly(l10n.t("Kiro Bridge: “{0}” was removed.", quote(id)));
}

/** Replaces the key of an engine after a test with one real call. @param wanted its ID, which is asked for otherwise */
export async function setModelKey(deps: ModelDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs, engines, keys } = deps;
  const kept = idsIn(engines).filter((id) => isKept(findEngine(engines, id)?.auth ?? { kind: "none" }));
  const id = await askForEngine(dialogs, KEY_TITLE, kept, wanted);
  const engine = id === undefined ? undefined : findEngine(engines, id);
  if (engine === undefined) return;
  const name = nameOf(engine);
  const entered = await enterKey(dialogs, { title: KEY_TITLE, name, auth: engine.auth });
  if (entered === undefined) return;
  const tried = await tryEngine(deps, engine, { title: KEY_TITLE, name: `“${name}”`, key: entered });
  if (tried?.key === undefined) return;
  await keys.store(engine.id, tried.key);
  dialogs.tellBriefly(l10n.t("Kiro Bridge: The key of “{0}” was replaced.", name));
}

function nameOf({ id, name = id }: EngineSettings): string {
  return name;
}

/** @throws BridgeError NOT_FOUND if there is none, or not the wanted one */
async function askForEngine(
  { pick }: Pick<ModelDialogsDeps["dialogs"], "pick">,
  title: string,
  ids: readonly string[],
  wanted: string | undefined,
): Promise<string | undefined> {
  if (wanted !== undefined && !ids.includes(wanted))
    throw new BridgeError("NOT_FOUND", `There is no such model with the name ${quote(wanted)}.`);
  if (wanted !== undefined) return wanted;
  if (ids.length === 0) throw new BridgeError("NOT_FOUND", "There is no such model. Add one first.");
  return (
    await pick(
      ids.map((label) => ({ label })),
      { title, placeHolder: l10n.t("Select the model") },
    )
  )?.label;
}
