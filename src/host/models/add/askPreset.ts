import * as l10n from "@vscode/l10n";
import { translate } from "../../language/translate.ts";
import { baseUrlOf, type EnginePreset, enginePresets, problemOfPart } from "../../../agents/engines/presets.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { quote } from "../../../protocol/validate.ts";
import { ADD_TITLE, type Dialogs } from "./dialogs.ts";
import type { ModelWish } from "./modelWish.ts";

/** @returns undefined if the user has left. @throws BridgeError NOT_FOUND for an unknown ID */
export async function askForPreset(
  { pick }: Pick<Dialogs, "pick">,
  wanted: ModelWish["preset"],
): Promise<EnginePreset | undefined> {
  if (wanted !== undefined) {
    const preset = enginePresets.find(({ id }) => id === wanted);
    if (preset !== undefined) return preset;
    throw new BridgeError("NOT_FOUND", `There is no vendor ${quote(wanted)}.`);
  }
  const items = enginePresets.map((preset) => ({
    label: translate(preset.name),
    ...(preset.note !== undefined && { detail: translate(preset.note) }),
    preset,
  }));
  const options = { title: ADD_TITLE, placeHolder: l10n.t("Select the vendor or the server"), matchOnDetail: true };
  return (await pick(items, options))?.preset;
}

/**
 * Asks for the parts of the base URL that are not given.
 * @returns the URL, "" if the preset has none, undefined if the user has left
 * @throws BridgeError VALIDATION_FAILED for a given part that is not valid
 */
export async function askForUrl(
  { askForText }: Pick<Dialogs, "askForText">,
  preset: EnginePreset,
  given: ModelWish["url"],
): Promise<string | undefined> {
  const values = { ...given };
  for (const part of preset.parts) {
    if (values[part.name] !== undefined) continue;
    const text = await askForText({
      title: ADD_TITLE,
      prompt: translate(part.prompt),
      placeHolder: part.example,
      ...(part.isUsual === true && { value: part.example }),
      validateInput: (entered) => {
        const problem = problemOfPart(part, entered.trim());
        return problem && translate(problem);
      },
    });
    if (text === undefined) return undefined;
    values[part.name] = text;
  }
  return baseUrlOf(preset, values) ?? "";
}
