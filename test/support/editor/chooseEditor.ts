import { type CodeServerInstall, installCodeServer } from "./codeServerInstall.ts";
import { findDesktop } from "./desktopEditor.ts";
import type { EditorName } from "./editorVersions.ts";

/** Where a suite runs. `label` names the editor and its version for people. */
export type Editor =
  | { readonly kind: "desktop"; readonly label: string; readonly executable: string }
  | { readonly kind: "codeServer"; readonly label: string; readonly install: CodeServerInstall };

/** Chooses an editor: the one `VSCODE_PATH` names, else desktop VS Code where it can be had, else code-server from npm. Says which. */
export async function chooseEditor(name: EditorName): Promise<Editor> {
  const editor = await choose(name);
  console.log(`Editor (${name}): ${editor.label}`);
  return editor;
}

async function choose(name: EditorName): Promise<Editor> {
  const desktop = await findDesktop(name);
  if (desktop) return { kind: "desktop", ...desktop };
  const install = await installCodeServer(name);
  return { kind: "codeServer", label: install.label, install };
}
