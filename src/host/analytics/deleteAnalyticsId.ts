import type { ExtensionContext } from "vscode";
import { tell } from "../status/messages.ts";
import { removeAnalyticsId } from "./analyticsId.ts";

/** Deletes the ID of this installation, and shows it, so that what was sent with it can be deleted as well. */
export async function deleteAnalyticsId({ globalState }: Pick<ExtensionContext, "globalState">): Promise<void> {
  const id = await removeAnalyticsId(globalState);
  void tell(
    "information",
    id === undefined
      ? "Kiro Bridge: This installation has no analytics ID."
      : `Kiro Bridge: The analytics ID ${id} was deleted. While analytics are on, the next event gets another one. To delete what was sent with the old one, ask the operator of your analytics server.`,
  );
}
