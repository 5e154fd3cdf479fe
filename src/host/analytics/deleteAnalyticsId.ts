import * as l10n from "@vscode/l10n";
import type { ExtensionContext } from "vscode";
import { tell } from "../status/messages.ts";
import { removeAnalyticsId } from "./analyticsId.ts";

/** Deletes the ID of this installation, and shows it, so that what was sent with it can be deleted as well. */
export async function deleteAnalyticsId({ globalState }: Pick<ExtensionContext, "globalState">): Promise<void> {
  const id = await removeAnalyticsId(globalState);
  void tell(
    "information",
    id === undefined
      ? l10n.t("Kiro Bridge: This installation has no analytics ID.")
      : l10n.t(
          "Kiro Bridge: The analytics ID {0} was deleted. While analytics are on, the next event gets another one. To delete what was sent with the old one, ask the operator of your analytics server.",
          id,
        ),
  );
}
