import * as l10n from "@vscode/l10n";
import { readFile, stat, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import type { Core } from "../bridge/composeCore.ts";
import type { NamedArchive } from "../core/runArchive.ts";
import type { RunExport } from "../protocol/runExport.ts";
import { assertRunFileSize, parseRun } from "../core/runFile.ts";
import * as dialogs from "./status/messages.ts";

/* The dialogs for past runs, for the palette and the dashboard alike. */

const filters = { [l10n.t("Kiro Bridge run")]: ["json"] };

/** Asks whether to clear the history. */
export function confirmClearHistory(): Promise<boolean> {
  const detail = l10n.t("This clears history for all windows. Running commands continue.");
  return dialogs.confirm({ question: l10n.t("Clear the Kiro Bridge history?"), detail, yes: l10n.t("Clear History") });
}

/** Saves a run in a file that only its user can read. @param file asks the user if omitted @returns the path of the file */
export async function saveRun(run: RunExport, file?: string): Promise<string | undefined> {
  const path = file ?? (await askWhere(`${run.execution.id}.json`));
  if (path === undefined) return undefined;
  await writeFile(path, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  dialogs.tellBriefly(l10n.t("Kiro Bridge: Run exported. Keys were removed; review the file before you share it."));
  return path;
}

/** Returns the archives of a bridge, which has none while it is off. */
export function archivesOf(bridge: Pick<Core, "exports"> | undefined): readonly NamedArchive[] {
  return bridge?.exports?.control.archives() ?? [];
}

/**
 * Has the user select a run of a file, or of an archive if there is one, and reads it.
 * @throws BridgeError VALIDATION_FAILED for other files; what an archive throws
 */
export async function selectRun(archives: readonly NamedArchive[]): Promise<RunExport | undefined> {
  if (archives.length === 0) return await readRun();
  const { openArchivedRun } = await import("./exports/hostExportsLibrary.ts");
  return await openArchivedRun({ dialogs, archives, readFile: () => readRun() });
}

/** Reads a run. @param file asks the user if omitted @throws BridgeError VALIDATION_FAILED for other files */
export async function readRun(file?: string): Promise<RunExport | undefined> {
  const path = file ?? (await askWhich());
  if (path === undefined) return undefined;
  assertRunFileSize((await stat(path)).size);
  return parseRun(await readFile(path, "utf8"));
}

async function askWhere(name: string): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri = await vscode.window.showSaveDialog({
    filters,
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  return uri?.fsPath;
}

async function askWhich(): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({ title: l10n.t("Open Run"), filters, canSelectMany: false })) ?? [];
  return uri?.fsPath;
}
