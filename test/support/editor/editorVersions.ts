/** The editors every change is tried in. `lowest` follows `engines.vscode` in package.json; older code-servers cannot be installed from npm. */
export const editorVersions = {
  newest: { codeServer: "4.139.1", vscode: "1.139.1", desktop: "stable", nodeMajor: 24, megabytes: 600 },
  lowest: { codeServer: "4.110.0", vscode: "1.110.0", desktop: "1.110.0", nodeMajor: 22, megabytes: 550 },
} as const;

export type EditorName = keyof typeof editorVersions;

/** Reads an editor's name from a command line. Throws with the names there are. */
export function parseEditorName(text: string): EditorName {
  if (text === "newest" || text === "lowest") return text;
  throw new Error(`There is no editor "${text}"; choose one of: ${Object.keys(editorVersions).join(", ")}.`);
}
