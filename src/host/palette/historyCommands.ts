import * as l10n from "@vscode/l10n";
import { executionStatusWord } from "../language/statusWords.ts";
import type * as vscode from "vscode";
import * as z from "zod";
import { editorUser } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { RunExport } from "../../protocol/runExport.ts";
import { validate } from "../../protocol/validate.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { archivesOf, confirmClearHistory, readRun, saveRun, selectRun } from "../runDialogs.ts";
import { pick, tell } from "../status/messages.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";

/** Maximum number of runs to select from. */
const OFFERED_RUNS = 200;
/** Length of each preview in characters. */
const PREVIEW_LENGTH = 1500;

type HistoryCommand = Extract<CommandName, "clearHistory" | "exportRun" | "openRun">;

const exportSchema = z.strictObject({ executionId: z.string().min(1), file: z.string().min(1).optional() });
const openSchema = z.strictObject({ file: z.string().min(1) });

/** Shows a run from a file or an archive. */
type ShowRun = (run: RunExport) => Promise<void>;

/** The commands for past runs. @param showRun shows a run read from a file or an archive */
export function historyCommands(toggle: BridgeSwitch<Bridge>, showRun: ShowRun): Record<HistoryCommand, CommandAction> {
  return {
    clearHistory: () => clearHistory(running(toggle)),
    exportRun: (argument) => exportRun(running(toggle), argument),
    openRun: (argument) => openRun(toggle, showRun, argument),
  };
}

async function clearHistory(bridge: Bridge): Promise<void> {
  if (!(await confirmClearHistory())) return;
  await bridge.history.clear();
  void tell("information", l10n.t("Kiro Bridge: History cleared."));
}

/** @param argument `{executionId, file?}`; asks the user if omitted @returns the path of the file */
async function exportRun(bridge: Bridge, argument: unknown): Promise<string | undefined> {
  const asked = argument === undefined ? await pickRun(bridge) : validate(exportSchema, argument);
  if (asked === undefined) return undefined;
  return saveRun(await bridge.history.exportRun(asked.executionId), asked.file);
}

async function pickRun(bridge: Bridge): Promise<z.infer<typeof exportSchema> | undefined> {
  const { executions } = await bridge.history.list({ limit: OFFERED_RUNS }, editorUser.principal, PREVIEW_LENGTH);
  if (executions.length === 0) throw new BridgeError("NOT_FOUND", "There are no runs to export.");
  const picked = await pick(executions.map(itemOf), {
    title: l10n.t("Export Run"),
    placeHolder: l10n.t("Select a run to export"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked === undefined ? undefined : { executionId: picked.id };
}

function itemOf({ id, command, args, status, startedAt }: ExecutionRecord): vscode.QuickPickItem & { id: string } {
  return {
    id,
    label: command,
    description: `${executionStatusWord(status)}, ${new Date(startedAt).toLocaleString()}`,
    detail: args.join(" ").slice(0, 200),
  };
}

/** @param argument `{file}`; asks the user if omitted @throws BridgeError VALIDATION_FAILED for other files */
async function openRun(
  toggle: BridgeSwitch<Bridge>,
  showRun: ShowRun,
  argument: unknown,
): Promise<RunExport | undefined> {
  const run =
    argument === undefined
      ? await selectRun(archivesOf(toggle.bridge))
      : await readRun(validate(openSchema, argument).file);
  if (run !== undefined) await showRun(run);
  return run;
}
