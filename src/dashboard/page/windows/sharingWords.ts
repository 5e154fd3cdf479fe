import * as l10n from "@vscode/l10n";
import type { DashboardState } from "../../contract/dashboard.ts";
import { otherLabels } from "../../state/windowChoice.ts";
import { plural } from "../l10n/language.ts";
import { count } from "../look/format.ts";

/** Describes the windows at the address; undefined if there is only one. */
export function sharingWords(state: DashboardState): string | undefined {
  const { server, isReconnecting } = state;
  if (isReconnecting === true) return l10n.t("Reconnecting to the window that has the address…");
  if (server.kind !== "on" || server.url === undefined || state.windows.length < 2) return undefined;
  const others = [...otherLabels(state).values()];
  const silent = others.filter(({ isResponding }) => !isResponding).map(({ name }) => name);
  const { host } = new URL(server.url);
  const shares = plural(
    others.length,
    l10n.t("Shares {0} with {1} other window.", host, count(others.length)),
    l10n.t("Shares {0} with {1} other windows.", host, count(others.length)),
  );
  const names = silent.join(", ");
  if (silent.length === 0) return shares;
  return `${shares} ${plural(silent.length, l10n.t("{0} is not responding.", names), l10n.t("{0} are not responding.", names))}`;
}
