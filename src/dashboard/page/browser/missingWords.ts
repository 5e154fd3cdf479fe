import * as l10n from "@vscode/l10n";
import { isScope } from "../../../protocol/access.ts";
import type { DashboardState } from "../../contract/dashboard.ts";
import { permissionWords } from "../../contract/scopeWords.ts";

/** Returns the reason why a method is not offered, for people. @param reason a `Withheld` */
export function withheldWords(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  return reason === "editor"
    ? l10n.t("Only a window of the editor can do this. Open the dashboard there.")
    : l10n.t("The access of this page does not include: {0} ({1}).", scopeWords(reason), reason);
}

/** Returns what is missing in a dashboard and why, one sentence for each reason. */
export function missingWords(withheld: DashboardState["withheld"] = {}): readonly string[] {
  const reasons = [...new Set(Object.values(withheld))];
  return reasons.map((reason) =>
    reason === "editor"
      ? l10n.t(
          "In the editor only: start, stop and restart the bridge; settings, keys and the log; diagnose Kiro CLI; approve plugins; copy the token.",
        )
      : l10n.t("Not included in the access of this page: {0} ({1}).", scopeWords(reason), reason),
  );
}

function scopeWords(scope: string): string {
  const [words] = isScope(scope) ? permissionWords([scope], undefined) : [];
  return words?.phrase ?? scope;
}
