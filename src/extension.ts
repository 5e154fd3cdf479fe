// First: other files translate their constants when they are read.
import "./host/language/useEditorLanguage.ts";
import type { ExtensionContext } from "vscode";
import { startUp } from "./host/activate.ts";

let running: ReturnType<typeof startUp> | undefined;

/** Called by the editor once it has started; returns the exports of the extension before the server listens. */
export function activate(context: ExtensionContext): ReturnType<typeof startUp>["api"] {
  running = startUp(context);
  return running.api;
}

/** Called by the editor when the window closes. Resolves within 4 s, with no listener, process or file left behind. */
export async function deactivate(): Promise<void> {
  await running?.dispose();
}
