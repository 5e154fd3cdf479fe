import type { DashboardClient } from "../state/dashboardClient.ts";
import { otherLabels, windowLabels } from "../state/windowChoice.ts";
import type { DashboardState, ExecutionRow } from "../contract/dashboard.ts";

/** Announces for screen readers what changes without the user. */
export function announce(client: DashboardClient, say: (text: string) => void): void {
  const inWindow = ({ windowId }: ExecutionRow): string => {
    const label = otherLabels(client.state).get(windowId);
    return label === undefined ? "" : ` in ${label.name}`;
  };
  client.live.onDidEnd((row) => say(`${row.status}${inWindow(row)}: ${row.command}`));
  client.onDidAsk((row) => say(`Kiro is asking${inWindow(row)}: ${row.question?.prompt ?? ""}`));
  client.onDidAskForAccess(({ name, code }) => say(`${name} asks for access, code ${code}`));
  let known: DashboardState | undefined;
  client.onDidChange(() => {
    const { state } = client;
    if (state === known) return;
    const change = changeOfWindows(known, state);
    known = state;
    if (change !== undefined) say(change);
  });
}

/** Names a window that has joined or left; undefined if there is none, and while the windows were not known. */
function changeOfWindows(before: DashboardState | undefined, after: DashboardState | undefined): string | undefined {
  if (before === undefined || after === undefined || before.windows.length === 0 || after.windows.length === 0)
    return undefined;
  const were = windowLabels(before);
  const are = windowLabels(after);
  const joined = [...are].find(([id]) => !were.has(id));
  if (joined !== undefined) return `Window joined: ${joined[1].name}`;
  const left = [...were].find(([id]) => !are.has(id));
  return left === undefined ? undefined : `Window left: ${left[1].name}`;
}
