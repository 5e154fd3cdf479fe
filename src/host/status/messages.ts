import { onAbort } from "../../base/abort.ts";
import * as vscode from "vscode";
import type { CommandName } from "../commandTable.ts";
import { plainText } from "./plainText.ts";

/**
 * The only way to show text to the user in the editor: messages, pickers, input boxes, progress and status bar
 * messages. All text goes through `plainText`; a test forbids the editor's functions elsewhere.
 */

/** In characters. */
const LONGEST_ITEM = 300;
const LONGEST_BUTTON = 60;
const BRIEF_MS = 8000;

export type MessageKind = "information" | "warning" | "error";

/** Shows a message. @returns the selected button */
export async function tell(kind: MessageKind, message: string, ...buttons: string[]): Promise<string | undefined> {
  const show = {
    information: vscode.window.showInformationMessage,
    warning: vscode.window.showWarningMessage,
    error: vscode.window.showErrorMessage,
  }[kind];
  const items = buttons.map((button) => ({ title: plainText(button, LONGEST_BUTTON), button }));
  return (await show<(typeof items)[number]>(plainText(message), ...items))?.button;
}

/** Shows a message with buttons, each of which runs one of our commands. */
export async function offer(
  kind: MessageKind,
  message: string,
  buttons: Readonly<Record<string, CommandName>>,
): Promise<void> {
  const chosen = await tell(kind, message, ...Object.keys(buttons));
  const command = chosen === undefined ? undefined : buttons[chosen];
  if (command !== undefined) await vscode.commands.executeCommand(`kiroBridge.${command}`);
}

export interface Confirmation {
  readonly question: string;
  /** Below the question. Several lines are shown as such, each as plain text. */
  readonly detail: string | readonly string[];
  /** Label of the button for yes. Closing the dialog means no. */
  readonly yes: string;
  /** The button for no; "Cancel" if it is not given. */
  readonly no?: string | undefined;
  /** Makes Enter and Space mean no, because the user may be typing when the dialog opens. Adds a "Cancel" button. */
  readonly isUnexpected?: boolean;
}

/** Asks a question in a modal dialog. @returns true if the user agreed */
export async function confirm({ question, detail, yes, no, isUnexpected }: Confirmation): Promise<boolean> {
  const refusal = no === undefined ? [] : [{ title: no, isCloseAffordance: isUnexpected !== true }];
  // The editor focuses the first button, and puts the one that closes the dialog last.
  const buttons = isUnexpected === true ? [...refusal, { title: yes }] : [{ title: yes }, ...refusal];
  const lines = typeof detail === "string" ? [detail] : detail;
  const options = { modal: true, detail: lines.map((line) => plainText(line)).join("\n") };
  const chosen = await vscode.window.showWarningMessage(plainText(question), options, ...buttons);
  return chosen?.title === yes;
}

/** Asks for a choice in a modal dialog. @returns the button, or undefined if cancelled */
export async function choose<B extends string>(
  question: string,
  detail: string,
  ...buttons: B[]
): Promise<B | undefined> {
  const options = { modal: true, detail: plainText(detail) };
  return vscode.window.showInformationMessage(plainText(question), options, ...buttons);
}

/**
 * Shows a picker for one item. Pass `ignoreFocusOut` for all but the first step of a dialog: see `askForText`.
 * @param signal closes the picker
 */
export function pick<T extends vscode.QuickPickItem>(
  items: readonly T[],
  { title, placeHolder, ...options }: vscode.QuickPickOptions & { readonly title: string },
  signal?: AbortSignal,
): Thenable<T | undefined> {
  const shown = {
    ...options,
    title: plainText(title),
    ...(placeHolder !== undefined && { placeHolder: plainText(placeHolder) }),
  };
  return vscode.window.showQuickPick(items.map(plainItem), shown, tokenOf(signal));
}

function plainItem<T extends vscode.QuickPickItem>(item: T): T {
  const { label, description, detail } = item;
  return {
    ...item,
    label: plainText(label, LONGEST_ITEM),
    ...(description !== undefined && { description: plainText(description, LONGEST_ITEM) }),
    ...(detail !== undefined && { detail: plainText(detail, LONGEST_ITEM) }),
  };
}

interface TextOptions extends Omit<vscode.InputBoxOptions, "ignoreFocusOut"> {
  readonly title: string;
  readonly prompt: string;
}

/**
 * Shows an input box. It stays open when the focus moves: users copy what it asks for from other places, and after a
 * picker that was opened in the dashboard, the editor may focus the dashboard again a moment later.
 * @param signal closes the input box
 */
export function askForText(
  { title, prompt, ...options }: TextOptions,
  signal?: AbortSignal,
): Thenable<string | undefined> {
  const shown = { ...options, title: plainText(title), prompt: plainText(prompt), ignoreFocusOut: true };
  return vscode.window.showInputBox(shown, tokenOf(signal));
}

function tokenOf(signal: AbortSignal | undefined): vscode.CancellationToken | undefined {
  if (signal === undefined) return undefined;
  const source = new vscode.CancellationTokenSource();
  onAbort(signal, () => source.cancel());
  return source.token;
}

export interface ProgressOptions {
  readonly title: string;
  /** In the status bar, or as a cancellable message. */
  readonly place: "statusBar" | "message";
}

/** A link after the text of a progress step, which runs one of our commands. */
export interface StepLink {
  readonly label: string;
  readonly command: CommandName;
  readonly argument: string;
}

/** Shows progress until `work` settles. `signal` aborts when the user cancels. */
export function showProgress<T>(
  { title, place }: ProgressOptions,
  work: (report: (step: string, link?: StepLink) => void, signal: AbortSignal) => Promise<T>,
): Thenable<T> {
  const location = place === "message" ? vscode.ProgressLocation.Notification : vscode.ProgressLocation.Window;
  const options = { location, title: plainText(title), cancellable: place === "message" };
  return vscode.window.withProgress(options, async (progress, cancelled) => {
    const abort = new AbortController();
    const watching = cancelled.onCancellationRequested(() => abort.abort());
    try {
      return await work((step, link) => progress.report({ message: stepText(step, link) }), abort.signal);
    } finally {
      watching.dispose();
    }
  });
}

/** Builds the only link allowed in messages: its text is ours, and its argument is escaped. */
function stepText(step: string, link: StepLink | undefined): string {
  if (link === undefined) return plainText(step);
  const argument = encodeURIComponent(JSON.stringify([link.argument])).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `${plainText(step)} [${link.label}](command:kiroBridge.${link.command}?${argument})`;
}

/** Shows a message in the status bar for a short time. */
export function tellBriefly(message: string): void {
  vscode.window.setStatusBarMessage(plainText(message), BRIEF_MS);
}
