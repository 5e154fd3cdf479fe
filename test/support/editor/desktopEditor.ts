import { existsSync } from "node:fs";
import { join } from "node:path";
import { downloadAndUnzipVSCode, SilentReporter } from "@vscode/test-electron";
import { type EditorName, editorVersions } from "./editorVersions.ts";
import { editorCache } from "./paths.ts";

export interface DesktopEditor {
  readonly label: string;
  readonly executable: string;
}

/** How long the download host may be silent before the desktop editor counts as out of reach. */
const SILENCE_MS = 5_000;

/**
 * Gives a desktop VS Code: the one that `VSCODE_PATH` names, else a downloaded one.
 * Undefined where none can run (no display) or be had (no download); code-server stands in then.
 */
export async function findDesktop(name: EditorName): Promise<DesktopEditor | undefined> {
  const named = process.env["VSCODE_PATH"];
  if (named) {
    if (!existsSync(named))
      throw new Error(
        `VSCODE_PATH names ${named}, and there is no such file. It wants the program file of a desktop VS Code.`,
      );
    return { label: `VS Code at ${named}`, executable: named };
  }
  if (!hasDisplay()) return undefined;
  const version = editorVersions[name].desktop;
  try {
    const executable = await downloadAndUnzipVSCode({
      version,
      cachePath: join(editorCache(), "desktop"),
      timeout: SILENCE_MS,
      reporter: new SilentReporter(),
    });
    return { label: `VS Code ${version} (desktop)`, executable };
  } catch (error) {
    console.log(
      `Desktop VS Code cannot be downloaded here (${error instanceof Error ? error.message : String(error)}); code-server stands in.`,
    );
    return undefined;
  }
}

function hasDisplay(): boolean {
  return process.platform !== "linux" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);
}
