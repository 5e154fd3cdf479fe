import * as l10n from "@vscode/l10n";
import { translate } from "../../language/translate.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { ModelDialogsDeps } from "./dialogs.ts";

type AllowDeps = Pick<ModelDialogsDeps, "dialogs" | "editorModels">;

const TITLE = l10n.t("Allow Models of This Editor");
const NONE = l10n.t(
  "Kiro Bridge: This editor offers no models to extensions. Install one that does, such as GitHub Copilot, and sign in there.",
);

/** Has the user select a model of the editor, and allow its use. */
export async function allowEditorModels(deps: AllowDeps): Promise<void> {
  const { dialogs, editorModels } = deps;
  const models = await editorModels.list();
  if (models.length === 0) return void (await dialogs.tell("warning", NONE));
  const items = models.map(({ id, name }) => ({ label: id, description: name, id }));
  const picked = await dialogs.pick(items, { title: TITLE, placeHolder: l10n.t("Select the model to use") });
  if (picked !== undefined && (await allowModel(deps, picked.id)))
    dialogs.tellBriefly(l10n.t("Kiro Bridge: The models of this editor may be used."));
}

/** Asks whether a model of the editor may be used. The editor may ask, too. @returns true if so */
export async function allowModel({ dialogs, editorModels }: AllowDeps, modelId: string): Promise<boolean> {
  const isWanted = await dialogs.confirm({
    question: l10n.t("Let Kiro Bridge use the models of this editor?"),
    detail: [
      l10n.t(
        "Your prompts, and those of the programs that you let in, then go to {0} and the others, at the cost of your account there.",
        modelId,
      ),
      l10n.t("The editor may ask you as well."),
    ],
    yes: l10n.t("Allow"),
  });
  if (!isWanted) return false;
  const title = l10n.t("Kiro Bridge: Waiting for {0}…", modelId);
  return await dialogs.showProgress({ title, place: "message" }, async (_report, signal) => {
    try {
      await editorModels.allow(modelId, signal);
      return true;
    } catch (error) {
      // Not awaited: the message may stay for a long time.
      if (!signal.aborted) void dialogs.tell("error", `Kiro Bridge: ${translate(messageOf(error))}`);
      return false;
    }
  });
}
