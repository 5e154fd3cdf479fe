import type { PluginsView } from "../contract/plugins.ts";
import type { EditorActions } from "./editorActions.ts";

/** The plugins as dashboards see them. */
export interface PluginParts {
  view(): PluginsView | PromiseLike<PluginsView>;
  /** @throws BridgeError NOT_FOUND */
  resendDeadLetter(id: string): Promise<void>;
  /** @throws BridgeError NOT_FOUND */
  removeDeadLetter(id: string): Promise<void>;
}

const empty: PluginsView = { plugins: [], topics: [], decisions: [], deadLetters: { count: 0, letters: [] } };

/** For a bridge without plugins. */
export const noPlugins: PluginParts = {
  view: () => empty,
  resendDeadLetter: () => Promise.resolve(),
  removeDeadLetter: () => Promise.resolve(),
};

/** Forgets a dead letter if the user is sure: nobody else has the message. */
export async function removeDeadLetter(
  plugins: PluginParts,
  editorActions: Pick<EditorActions, "confirm">,
  id: string,
): Promise<{ isRemoved: boolean }> {
  const isRemoved = await editorActions.confirm({ kind: "remove-dead-letter" });
  if (isRemoved) await plugins.removeDeadLetter(id);
  return { isRemoved };
}
