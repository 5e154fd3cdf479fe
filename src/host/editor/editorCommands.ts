import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { type EditorPort, type KnownCommand, UnknownCommand } from "../../core/ports.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import { decodeValue, encodeValue, type EncodedValue, type Json } from "../../protocol/values.ts";
import { apiCommands } from "./apiCommands.ts";
import { isToolCommand, runToolCommand, toolCommands } from "./toolCommands.ts";
import { readEditorObject, spellEditorObject } from "./vscodeValues.ts";

/** This window's commands, as the core's `EditorPort`. */
export class EditorCommands implements EditorPort, Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChangeCommands = this.#changed.event;

  constructor() {
    // The editor has events for extensions, but not for commands: see `CommandCatalog.notice`.
    this.#store.add(vscode.extensions.onDidChange(() => this.#changed.fire()));
  }

  /** Only the editor can say whether a command exists: it activates the extension that has it, and lists not all. */
  async execute(commandId: string, args: readonly Json[]): Promise<EncodedValue> {
    if (isToolCommand(commandId)) return encodeValue(await runToolCommand(commandId, args));
    const values = args.map(decodeArgument);
    try {
      return encodeValue(await vscode.commands.executeCommand(commandId, ...values), spellEditorObject);
    } catch (error) {
      throw (await isUnknown(commandId, error)) ? new UnknownCommand(commandId) : error;
    }
  }

  /**
   * Those that are registered, those that an extension contributes which is not active yet, those of the API, and those of
   * the bridge for programs.
   */
  async listCommands(): Promise<KnownCommand[]> {
    const ids = await vscode.commands.getCommands(true);
    const registered = ids.map((id): [string, KnownCommand] => [id, { id, source: "editor" }]);
    const api = apiCommands.map((command): [string, KnownCommand] => [command.id, command]);
    const tools = toolCommands.map((command): [string, KnownCommand] => [command.id, command]);
    return [...new Map([...registered, ...api, ...contributedCommands(), ...tools]).values()];
  }

  /** Sets a context key to the value it has: the cheapest round trip. */
  async reachWorkbench(): Promise<void> {
    await vscode.commands.executeCommand("setContext", "kiroBridge.isReached", true);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}

function decodeArgument(argument: Json): unknown {
  try {
    return decodeValue(argument, readEditorObject);
  } catch (error) {
    throw isBridgeError(error) ? error : new BridgeError("VALIDATION_FAILED", `params: ${messageOf(error)}`);
  }
}

/**
 * Returns true if the error is the editor's own about this command. A command that fails because another one is missing
 * exists; so does one that is known and reports itself as missing.
 */
async function isUnknown(commandId: string, error: unknown): Promise<boolean> {
  if (messageOf(error) !== `command '${commandId}' not found`) return false;
  return !(await vscode.commands.getCommands(false)).includes(commandId);
}

interface CommandContribution {
  readonly command: string;
  readonly title?: string | { readonly value: string };
  readonly category?: string | { readonly value: string };
}

/** Returns the commands contributed by installed extensions, by ID, without internal ones. */
function contributedCommands(): Map<string, KnownCommand> {
  const found = new Map<string, KnownCommand>();
  for (const extension of vscode.extensions.all) {
    const manifest: { contributes?: { commands?: unknown } } = extension.packageJSON;
    const contributions = manifest.contributes?.commands;
    for (const contribution of Array.isArray(contributions) ? contributions : []) {
      if (isContribution(contribution) && !contribution.command.startsWith("_"))
        found.set(contribution.command, describe(contribution, extension.id));
    }
  }
  return found;
}

function isContribution(value: unknown): value is CommandContribution {
  return typeof value === "object" && value !== null && "command" in value && typeof value.command === "string";
}

function describe({ command, title, category }: CommandContribution, source: string): KnownCommand {
  const words = [category, title].map((text) => (typeof text === "object" ? text.value : text)).filter(Boolean);
  return words.length === 0 ? { id: command, source } : { id: command, title: words.join(": "), source };
}
