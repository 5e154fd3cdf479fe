import * as l10n from "@vscode/l10n";
import type { Models } from "../../../agents/engines/models.ts";
import type { AllowedEditorModels } from "../editorModels.ts";
import type { NamedSecrets } from "../../../hosting/secrets/namedSecrets.ts";
import type { EngineList } from "./engineList.ts";

/** The dialogs of the editor, see `messages.ts`. */
export type Dialogs = Pick<
  typeof import("../../status/messages.ts"),
  "pick" | "askForText" | "choose" | "confirm" | "showProgress" | "tell" | "tellBriefly"
>;

/** Collaborators of the dialogs for engines. */
export interface ModelDialogsDeps {
  readonly dialogs: Dialogs;
  /** Returns the bundle of models. @throws BridgeError KIRO_UNAVAILABLE if the bridge is off */
  readonly models: () => Promise<Pick<Models, "listModelsOf" | "test">>;
  readonly editorModels: Pick<AllowedEditorModels, "list" | "allow">;
  readonly keys: Pick<NamedSecrets, "store" | "remove">;
  readonly engines: EngineList;
}

export const ADD_TITLE = l10n.t("Add Model");
