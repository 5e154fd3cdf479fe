import { translate } from "../language/translate.ts";
import * as vscode from "vscode";
import { DisposableStore, type Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { isBridgeError, messageOf } from "../../protocol/errors.ts";
import { causeOf } from "../../protocol/unavailable.ts";
import { waysOutOf } from "../status/cliNotices.ts";
import { COMMANDS, type CommandName } from "../commandTable.ts";
import { offer } from "../status/messages.ts";

/** The action of a palette command. Its result is returned by `executeCommand`. */
export type CommandAction = (argument: unknown) => unknown;

/** Loads the actions when the first command is run. */
export type LoadActions = () => Promise<Readonly<Record<CommandName, CommandAction>>>;

/** Registers every command. Errors are shown with buttons that help. */
export function registerCommands(load: LoadActions, logger: Logger): Disposable {
  const store = new DisposableStore();
  for (const name of COMMANDS) {
    const run = (argument: unknown): Promise<unknown> => runSafely(name, load, argument, logger);
    store.add(vscode.commands.registerCommand(`kiroBridge.${name}`, run));
  }
  return store;
}

async function runSafely(name: CommandName, load: LoadActions, argument: unknown, logger: Logger): Promise<unknown> {
  try {
    return await (await load())[name](argument);
  } catch (error) {
    logger.error("A command failed", { command: name, error: messageOf(error) });
    void offer("error", `Kiro Bridge: ${translate(messageOf(error))}`, wayOut(error));
    return undefined;
  }
}

/** Returns the buttons for an error. */
function wayOut(error: unknown): Readonly<Record<string, CommandName>> {
  return waysOutOf(isBridgeError(error) ? causeOf(error) : undefined);
}
