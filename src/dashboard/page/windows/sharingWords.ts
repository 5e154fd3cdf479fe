import type { DashboardState } from "../../contract/dashboard.ts";
import { otherLabels } from "../../state/windowChoice.ts";
import { plural } from "../look/format.ts";

/** Describes the windows at the address; undefined if there is only one. */
export function sharingWords(state: DashboardState): string | undefined {
  const { server, isReconnecting } = state;
  if (isReconnecting === true) return "Reconnecting to the window that has the address…";
  if (server.kind !== "on" || server.url === undefined || state.windows.length < 2) return undefined;
  const others = [...otherLabels(state).values()];
  const silent = others.filter(({ isResponding }) => !isResponding).map(({ name }) => name);
  const shares = `Shares ${new URL(server.url).host} with ${plural(others.length, "other window")}.`;
  if (silent.length === 0) return shares;
  return `${shares} ${silent.join(", ")} ${silent.length === 1 ? "is" : "are"} not responding.`;
}
