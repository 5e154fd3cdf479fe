import type { ApprovalAnswer, ApprovalRequest } from "../../plugins/hub/hosting/approvals.ts";

/** The most topics, patterns or methods that are listed; the rest is counted. */
const MAX_LISTED = 20;

const ALLOW = "Allow…";
const NOT_NOW = "Not Now";
const NEVER = "Never";

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
  const question = `Run the plugin “${request.name}” ${request.version}?`;
  return (await deps.confirm(question, detailOf(request), "Run Plugin")) ? "allow" : "not-now";
}

function questionOf({ name, version, commandLine, isChanged }: ApprovalRequest): string {
  const what = isChanged ? "has changed and wants to run" : "wants to run";
  return `Kiro Bridge: The plugin “${name}” ${version} ${what}: ${commandLine}`;
}

/** The lines of the dialog. What the plugin may do anyway is not repeated. */
function detailOf(request: ApprovalRequest): readonly string[] {
  const own = `plugin/${request.name}/`;
  const beyond = (topics: readonly string[], ...prefixes: string[]) =>
    topics.filter((topic) => !prefixes.some((prefix) => topic.startsWith(prefix)));
  const subscriptions = beyond(request.subscriptions, own, "system/", "routing/");
  return [
    `It runs: ${request.commandLine}`,
    `In: ${request.folder}`,
    ...(request.variables.length > 0 ? [`With the variables: ${listed(request.variables)}`] : []),
    "",
    `It may publish on: ${listed([`${own}**`, ...beyond(request.topics, own)])}`,
    `It receives: ${listed([`${own}**`, "system/**", "routing/**", ...subscriptions])}`,
    ...(request.methods.length > 0 ? [`Programs may call: ${listed(request.methods)}`] : []),
    "",
    "A plugin is a program with all rights that you have. You are asked again when its version, or any of this, changes.",
  ];
}

function listed(items: readonly string[]): string {
  const rest = items.length - MAX_LISTED;
  return [...new Set(items)].slice(0, MAX_LISTED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
