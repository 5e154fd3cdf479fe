import * as l10n from "@vscode/l10n";
import { translate } from "../../language/translate.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { enterKey, type EnteredKey, isKept } from "./askKey.ts";
import type { ModelDialogsDeps } from "./dialogs.ts";
import type { EngineEntrySettings } from "./engineList.ts";

const TRY_AGAIN = l10n.t("Try Again");
const ENTER_KEY = l10n.t("Enter the Key Again");
const SAVE_ANYWAY = l10n.t("Save Anyway");

/** An engine with its key, and what the model has said in the test. */
export interface TriedEngine extends Pick<EnteredKey, "key"> {
  /** Undefined if the user saves it although the test has failed. */
  readonly answer: string | undefined;
}

/**
 * Tests an engine with one real call, until it succeeds or the user wants it as it is.
 * @returns undefined if the user has left
 */
export async function tryEngine(
  { dialogs, models, engines }: Pick<ModelDialogsDeps, "dialogs" | "models" | "engines">,
  entry: EngineEntrySettings,
  { title, name, key: given }: { readonly title: string; readonly name: string; readonly key: string | undefined },
): Promise<TriedEngine | undefined> {
  const settings = engines.schema.parse(entry);
  let key = given;
  for (;;) {
    const progress = { title: l10n.t("Kiro Bridge: Testing {0} with one call…", name), place: "message" } as const;
    const result = await dialogs.showProgress(progress, async (_report, signal) => {
      try {
        return { answer: (await (await models()).test(settings, key, signal)).text };
      } catch (error) {
        return signal.aborted ? undefined : { problem: messageOf(error) };
      }
    });
    if (result === undefined) return undefined;
    if ("answer" in result) return { key, answer: result.answer };
    const buttons = isKept(settings.auth) ? [TRY_AGAIN, ENTER_KEY, SAVE_ANYWAY] : [TRY_AGAIN, SAVE_ANYWAY];
    const chosen = await dialogs.choose(l10n.t("{0} cannot be used yet.", name), translate(result.problem), ...buttons);
    if (chosen === undefined) return undefined;
    if (chosen === SAVE_ANYWAY) return { key, answer: undefined };
    if (chosen === ENTER_KEY) key = await enterKey(dialogs, { title, name, auth: settings.auth });
    if (chosen === ENTER_KEY && key === undefined) return undefined;
  }
}
