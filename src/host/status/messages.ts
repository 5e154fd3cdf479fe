import * as vscode from "vscode";
import type { CommandName } from "../commandTable.ts";
import { plainText } from "./plainText.ts";

/*
 * The only way to a person's eyes in the editor's own places: messages, pickers, input boxes, progress, the status bar's
 * line. Whatever is shown goes through `plainText`; a test forbids the editor's functions elsewhere.
 */

/** In characters. */
const LONGEST_ITEM = 300;
const LONGEST_BUTTON = 60;
const BRIEF_MS = 8000;

export type MessageKind = "information" | "warning" | "error";

/** Shows a message. @returns the button that was chosen */
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
  readonly detail: string;
  /** The button for yes; closing the dialog is no. */
  readonly yes: string;
  /** The button for no; "Cancel" if it is not given. */
  readonly no?: string;
  /** Enter and Space mean no: the person may be typing when the dialog takes the keys. It then has a "Cancel" as well. */
  readonly isUnexpected?: boolean;
}

/** Asks in a dialog that must be answered. @returns whether the person agreed */
export async function confirm({ question, detail, yes, no, isUnexpected }: Confirmation): Promise<boolean> {
  const refusal = no === undefined ? [] : [{ title: no, isCloseAffordance: isUnexpected !== true }];
  // The editor gives the keys to the first button, and makes one that closes the dialog the last.
  const buttons = isUnexpected === true ? [...refusal, { title: yes }] : [{ title: yes }, ...refusal];
  const options = { modal: true, detail: plainText(detail) };
  const chosen = await vscode.window.showWarningMessage(plainText(question), options, ...buttons);
  return chosen?.title === yes;
}

/** Asks which way to go in a dialog that must be answered. @returns the button; undefined when it was cancelled */
export async function choose<B extends string>(
  question: string,
  detail: string,
  ...buttons: B[]
): Promise<B | undefined> {
  const options = { modal: true, detail: plainText(detail) };
  return vscode.window.showInformationMessage(plainText(question), options, ...buttons);
}

/** Lets the person pick one item. @param signal takes the picker away */
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

/** Lets the person type a line. @param signal takes the box away */
export function askForText(
  { title, prompt, ...options }: vscode.InputBoxOptions & { readonly title: string; readonly prompt: string },
  signal?: AbortSignal,
): Thenable<string | undefined> {
  const shown = { ...options, title: plainText(title), prompt: plainText(prompt) };
  return vscode.window.showInputBox(shown, tokenOf(signal));
}

function tokenOf(signal: AbortSignal | undefined): vscode.CancellationToken | undefined {
  if (signal === undefined) return undefined;
  const source = new vscode.CancellationTokenSource();
  const cancel = (): void => source.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  return source.token;
}

export interface ProgressOptions {
  readonly title: string;
  /** In the status bar, or as a message that can be cancelled. */
  readonly place: "statusBar" | "message";
}

/** What a person may do about a step of some progress: a link behind it, which runs one of our commands. */
export interface StepLink {
  readonly label: string;
  readonly command: CommandName;
  readonly argument: string;
}

/** Shows that `work` is under way until it settles. `signal` aborts when the person cancels. */
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

/** The one link that messages may have: made of our own words, and of an argument that cannot end it. */
function stepText(step: string, link: StepLink | undefined): string {
  if (link === undefined) return plainText(step);
  const argument = encodeURIComponent(JSON.stringify([link.argument])).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `${plainText(step)} [${link.label}](command:kiroBridge.${link.command}?${argument})`;
}

/** Says something in the status bar's line for a short while. */
export function tellBriefly(message: string): void {
  vscode.window.setStatusBarMessage(plainText(message), BRIEF_MS);
}
