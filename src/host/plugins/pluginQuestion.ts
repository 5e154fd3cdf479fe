import * as l10n from "@vscode/l10n";
import type { ApprovalAnswer, ApprovalRequest } from "../../plugins/hub/hosting/approvals.ts";

/** The most topics, patterns or methods that are listed; the rest is counted. */
const MAX_LISTED = 20;

const ALLOW = l10n.t("Allow…");
const NOT_NOW = l10n.t("Not Now");
const NEVER = l10n.t("Never");

export interface PluginQuestionDeps {
  /** Shows a message that does not take the focus. @returns the selected button */
  readonly ask: (message: string, ...buttons: string[]) => Promise<string | undefined>;
  /** Asks in a modal dialog, which no command can answer. */
  readonly confirm: (question: string, detail: readonly string[], yes: string) => Promise<boolean>;
}

/** Asks whether a plugin may run: in a message, and then in a dialog that says what it runs and may do. */
export async function askForPlugin(deps: PluginQuestionDeps, request: ApprovalRequest): Promise<ApprovalAnswer> {
  const button = await deps.ask(questionOf(request), ALLOW, NOT_NOW, NEVER);
  if (button === NEVER) return "never";
  if (button !== ALLOW) return "not-now";
  const question = l10n.t("Run the plugin “{0}” {1}?", request.name, request.version);
  return (await deps.confirm(question, detailOf(request), l10n.t("Run Plugin"))) ? "allow" : "not-now";
}

function questionOf({ name, version, commandLine, isChanged }: ApprovalRequest): string {
  return isChanged
    ? l10n.t("Kiro Bridge: The plugin “{0}” {1} has changed and wants to run: {2}", name, version, commandLine)
    : l10n.t("Kiro Bridge: The plugin “{0}” {1} wants to run: {2}", name, version, commandLine);
}

/** The lines of the dialog. What the plugin may do anyway is not repeated. */
function detailOf(request: ApprovalRequest): readonly string[] {
  const own = `plugin/${request.name}/`;
  const beyond = (topics: readonly string[], ...prefixes: string[]) =>
    topics.filter((topic) => !prefixes.some((prefix) => topic.startsWith(prefix)));
  const subscriptions = beyond(request.subscriptions, own, "system/", "routing/");
  return [
    l10n.t("It runs: {0}", request.commandLine),
    l10n.t("In: {0}", request.folder),
    ...(request.variables.length > 0 ? [l10n.t("With the variables: {0}", listed(request.variables))] : []),
    "",
    l10n.t("It may publish on: {0}", listed([`${own}**`, ...beyond(request.topics, own)])),
    l10n.t("It receives: {0}", listed([`${own}**`, "system/**", "routing/**", ...subscriptions])),
    ...(request.methods.length > 0 ? [l10n.t("Programs may call: {0}", listed(request.methods))] : []),
    "",
    l10n.t(
      "A plugin is a program with all rights that you have. You are asked again when its version, or any of this, changes.",
    ),
  ];
}

function listed(items: readonly string[]): string {
  const rest = items.length - MAX_LISTED;
  const shown = [...new Set(items)].slice(0, MAX_LISTED).join(", ");
  return rest > 0 ? l10n.t("{0} and {1} more", shown, rest) : shown;
}
