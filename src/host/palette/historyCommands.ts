import { readFile, stat, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import * as z from "zod";
import { BridgeError } from "../../protocol/errors.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { RunExport } from "../../protocol/runExport.ts";
import { validate } from "../../protocol/validate.ts";
import type { BridgeSwitch } from "../lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { confirm, pick, tell, tellBriefly } from "../status/messages.ts";
import { assertRunFileSize, parseRun } from "../runFile.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

const CLEAR = "Clear";
/** Maximum number of runs to select from. */
const OFFERED_RUNS = 200;
/** Length of each preview in characters. */
const PREVIEW_LENGTH = 1500;
const FILTERS = { "Kiro Bridge run": ["json"] };

type HistoryCommand = Extract<CommandName, "clearHistory" | "exportRun" | "openRun">;

const exportSchema = z.strictObject({ executionId: z.string().min(1), file: z.string().min(1).optional() });
const openSchema = z.strictObject({ file: z.string().min(1) });

/** Shows a run from a file. */
type ShowRun = (run: RunExport) => Promise<void>;

/** The commands for past runs. @param showRun shows a run read from a file */
export function historyCommands(toggle: BridgeSwitch<Bridge>, showRun: ShowRun): Record<HistoryCommand, CommandAction> {
  return {
    clearHistory: () => clearHistory(running(toggle)),
    exportRun: (argument) => exportRun(running(toggle), argument),
    openRun: (argument) => openRun(showRun, argument),
  };
}

async function clearHistory(bridge: Bridge): Promise<void> {
  const detail = "This clears history for all windows. Running commands continue.";
  if (!(await confirm({ question: "Clear the Kiro Bridge history?", detail, yes: CLEAR }))) return;
  await bridge.history.clear();
  void tell("information", "Kiro Bridge: History cleared.");
}

/** @param argument `{executionId, file?}`; asks the user if omitted @returns the path of the file */
async function exportRun(bridge: Bridge, argument: unknown): Promise<string | undefined> {
  const asked = argument === undefined ? await pickRun(bridge) : validate(exportSchema, argument);
  if (asked === undefined) return undefined;
  const run = await bridge.history.exportRun(asked.executionId);
  const file = asked.file ?? (await askWhere(`${asked.executionId}.json`));
  if (file === undefined) return undefined;
  await writeFile(file, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  tellBriefly("Kiro Bridge: Run exported. Keys were removed; review the file before you share it.");
  return file;
}

async function pickRun(bridge: Bridge): Promise<z.infer<typeof exportSchema> | undefined> {
  const { executions } = await bridge.history.list({ limit: OFFERED_RUNS }, PREVIEW_LENGTH);
  if (executions.length === 0) throw new BridgeError("NOT_FOUND", "There are no runs to export.");
  const picked = await pick(executions.map(itemOf), {
    title: "Export Run",
    placeHolder: "Select a run to export",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked === undefined ? undefined : { executionId: picked.id };
}

function itemOf({ id, command, args, status, startedAt }: ExecutionRecord): vscode.QuickPickItem & { id: string } {
  return {
    id,
    label: command,
    description: `${status}, ${new Date(startedAt).toLocaleString()}`,
    detail: args.join(" ").slice(0, 200),
  };
}

async function askWhere(name: string): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri = await vscode.window.showSaveDialog({
    filters: FILTERS,
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  return uri?.fsPath;
}

/** @param argument `{file}`; asks the user if omitted @throws BridgeError VALIDATION_FAILED for other files */
async function openRun(showRun: ShowRun, argument: unknown): Promise<RunExport | undefined> {
  const file = argument === undefined ? await askWhich() : validate(openSchema, argument).file;
  if (file === undefined) return undefined;
  const run = await readRun(file);
  await showRun(run);
  return run;
}

async function askWhich(): Promise<string | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ filters: FILTERS, canSelectMany: false })) ?? [];
  return uri?.fsPath;
}

async function readRun(file: string): Promise<RunExport> {
  assertRunFileSize((await stat(file)).size);
  return parseRun(await readFile(file, "utf8"));
}
