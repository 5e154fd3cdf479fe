import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { EditorPort, KnownCommand } from "../core/ports.ts";
import { BridgeError, messageOf } from "../protocol/errors.ts";
import { decodeValue, encodeValue, type EncodedValue, type Json } from "../protocol/values.ts";
import { readEditorObject, spellEditorObject } from "./vscodeValues.ts";

/** This window's commands, as the core's `EditorPort`. */
export class EditorCommands implements EditorPort, Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChangeCommands = this.#changed.event;

  constructor() {
    // The editor tells of extensions that come and go, but not of single commands: see `CommandCatalog.hasNow`.
    this.#store.add(vscode.extensions.onDidChange(() => this.#changed.fire()));
  }

  async execute(commandId: string, args: readonly Json[]): Promise<EncodedValue> {
    const values = args.map(decodeArgument);
    return encodeValue(await vscode.commands.executeCommand(commandId, ...values), spellEditorObject);
  }

  async listCommands(): Promise<KnownCommand[]> {
    const ids = await vscode.commands.getCommands(true);
    const contributed = contributedCommands();
    return ids.map((id) => contributed.get(id) ?? { id, source: "editor" });
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }
}

function decodeArgument(argument: Json): unknown {
  try {
    return decodeValue(argument, readEditorObject);
  } catch (error) {
    throw error instanceof BridgeError ? error : new BridgeError("VALIDATION_FAILED", `params: ${messageOf(error)}`);
  }
}

interface CommandContribution {
  readonly command: string;
  readonly title?: string | { readonly value: string };
  readonly category?: string | { readonly value: string };
}

/** Titles as the manifests of the installed extensions give them. */
function contributedCommands(): Map<string, KnownCommand> {
  const found = new Map<string, KnownCommand>();
  for (const extension of vscode.extensions.all) {
    const manifest: { contributes?: { commands?: unknown } } = extension.packageJSON;
    const contributions = manifest.contributes?.commands;
    for (const contribution of Array.isArray(contributions) ? contributions : []) {
      if (isContribution(contribution)) found.set(contribution.command, describe(contribution, extension.id));
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
