import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import { editorUser } from "../../core/access/principal.ts";
import * as vscode from "vscode";
import { executeRequestSchema, type ExecuteRequest, type ExecuteResponse } from "../../protocol/executions.ts";
import { jsonSchema } from "../../protocol/executions.ts";
import type { CommandEntry } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import * as z from "zod";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { askForText, offer, pick, showProgress, tell } from "../status/messages.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";
import { responseOf } from "../../server/http/executeResponse.ts";

/** Maximum length in characters of a result shown as a message. A longer one opens in an editor. */
const LONGEST_MESSAGE = 200;

type RunCommand = Extract<CommandName, "executeCommand" | "showCommands">;

/**
 * The commands that find and run editor commands, dispatched like requests of programs. The user may run commands that
 * the policy denies to programs.
 */
export function runCommands(toggle: BridgeSwitch<Bridge>): Record<RunCommand, CommandAction> {
  return {
    executeCommand: (argument) => executeCommand(running(toggle), argument),
    showCommands: () => showCommands(running(toggle)),
  };
}

/** @param argument a request, as for `POST /api/kiro/execute`; asks the user if omitted */
async function executeCommand(bridge: Bridge, argument: unknown): Promise<ExecuteResponse | undefined> {
  const request = argument === undefined ? await askForRequest(bridge) : validate(executeRequestSchema, argument);
  if (request === undefined) return undefined;
  const response = await runWithProgress(bridge, request);
  await showResponse(request, response);
  return response;
}

async function askForRequest(bridge: Bridge): Promise<ExecuteRequest | undefined> {
  const command = await pickCommand(bridge, l10n.t("Select a command to run"), () => true);
  if (command === undefined) return undefined;
  const typed = await askForText({
    title: command,
    prompt: l10n.t('Arguments as a JSON array, such as ["text", 1]. Leave empty for none.'),
    validateInput: (text) => (readParams(text) === undefined ? l10n.t("Enter a JSON array.") : undefined),
  });
  if (typed === undefined) return undefined;
  const params = readParams(typed) ?? [];
  return params.length === 0 ? { command } : { command, params };
}

function readParams(text: string): ExecuteRequest["params"] {
  if (text.trim() === "") return [];
  try {
    return z.array(jsonSchema).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function pickCommand(
  bridge: Bridge,
  title: string,
  isOffered: (command: CommandEntry) => boolean,
): Promise<string | undefined> {
  await bridge.catalog.refresh();
  const { commands } = bridge.catalog.search(undefined, Number.POSITIVE_INFINITY);
  const items = commands.filter(isOffered).map(({ id, title: words, source }) => ({
    label: id,
    description: words ?? "",
    detail: source === "editor" ? "" : source,
    id,
  }));
  const picked = await pick(items, {
    title,
    matchOnDescription: true,
    placeHolder: l10n.t("{0} commands", items.length),
  });
  return picked?.id;
}

/** Shows progress for a long-running command, with a cancel button if it can be cancelled. */
async function runWithProgress(bridge: Bridge, request: ExecuteRequest): Promise<ExecuteResponse> {
  const execution = await bridge.dispatcher.submit(request, editorUser);
  const title = `Kiro Bridge: ${execution.task.command}`;
  await showProgress({ title, place: "statusBar" }, () => execution.settled);
  return responseOf(execution);
}

async function showResponse(request: ExecuteRequest, response: ExecuteResponse): Promise<void> {
  if (!response.success) {
    void offer("error", `Kiro Bridge: ${translate(response.error ?? "The command failed.")}`, {
      [l10n.t("Open Log")]: "openLog",
    });
  } else if (response.output.length <= LONGEST_MESSAGE && !response.output.includes("\n")) {
    const { output, executionTimeMs } = response;
    const message =
      output === ""
        ? l10n.t("{0} ran and returned nothing ({1} ms)", request.command, executionTimeMs)
        : l10n.t("{0} returned {1} ({2} ms)", request.command, output, executionTimeMs);
    void tell("information", message);
  } else {
    await openAsDocument(response);
  }
}

async function openAsDocument({ result, output }: ExecuteResponse): Promise<void> {
  const isText = typeof result === "string" || result === undefined;
  const content = isText ? output : JSON.stringify(result, undefined, 2);
  const document = await vscode.workspace.openTextDocument({ content, language: isText ? "plaintext" : "json" });
  await vscode.window.showTextDocument(document, { preview: true });
}

async function showCommands(bridge: Bridge): Promise<void> {
  const title = l10n.t("Commands that programs may run (press Enter to copy the ID)");
  const id = await pickCommand(bridge, title, ({ allowed }) => allowed);
  if (id !== undefined) await vscode.env.clipboard.writeText(id);
}
