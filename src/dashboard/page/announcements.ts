import * as l10n from "@vscode/l10n";
import type { DashboardClient } from "../state/dashboardClient.ts";
import { otherLabels, windowLabels } from "../state/windowChoice.ts";
import type { DashboardState, ExecutionRow } from "../contract/dashboard.ts";
import { statusWord } from "./look/statusIcon.ts";

/** Announces for screen readers what changes without the user. */
export function announce(client: DashboardClient, say: (text: string) => void): void {
  const windowOf = ({ windowId }: ExecutionRow): string | undefined => otherLabels(client.state).get(windowId)?.name;
  client.live.onDidEnd((row) => say(endWords(row, windowOf(row))));
  client.onDidAsk((row) => say(questionWords(row, windowOf(row))));
  client.onDidAskForAccess(({ name, code }) => say(l10n.t("{0} asks for access, code {1}", name, code)));
  let known: DashboardState | undefined;
  client.onDidChange(() => {
    const { state } = client;
    if (state === known) return;
    const change = changeOfWindows(known, state);
    known = state;
    if (change !== undefined) say(change);
  });
}

function endWords({ status, command }: ExecutionRow, window: string | undefined): string {
  const word = statusWord(status);
  return window === undefined ? `${word}: ${command}` : l10n.t("{0} in {1}: {2}", word, window, command);
}

function questionWords({ question }: ExecutionRow, window: string | undefined): string {
  const prompt = question?.prompt ?? "";
  return window === undefined
    ? l10n.t("Kiro is asking: {0}", prompt)
    : l10n.t("Kiro is asking in {0}: {1}", window, prompt);
}

/** Names a window that has joined or left; undefined if there is none, and while the windows were not known. */
function changeOfWindows(before: DashboardState | undefined, after: DashboardState | undefined): string | undefined {
  if (before === undefined || after === undefined || before.windows.length === 0 || after.windows.length === 0)
    return undefined;
  const were = windowLabels(before);
  const are = windowLabels(after);
  const joined = [...are].find(([id]) => !were.has(id));
  if (joined !== undefined) return l10n.t("Window joined: {0}", joined[1].name);
  const left = [...were].find(([id]) => !are.has(id));
  return left === undefined ? undefined : l10n.t("Window left: {0}", left[1].name);
}
