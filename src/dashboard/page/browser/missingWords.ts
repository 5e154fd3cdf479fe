import { isScope } from "../../../protocol/access.ts";
import type { DashboardState } from "../../contract/dashboard.ts";
import { permissionWords } from "../../contract/scopeWords.ts";

const IN_EDITOR = "Only a window of the editor can do this. Open the dashboard there.";
const ALL_IN_EDITOR =
  "In the editor only: start, stop and restart the bridge; settings, keys and the log; diagnose Kiro CLI; approve plugins; copy the token.";

/** Returns the reason why a method is not offered, for people. @param reason a `Withheld` */
export function withheldWords(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  return reason === "editor"
    ? IN_EDITOR
    : `The access of this page does not include: ${scopeWords(reason)} (${reason}).`;
}

/** Returns what is missing in a dashboard and why, one sentence for each reason. */
export function missingWords(withheld: DashboardState["withheld"] = {}): readonly string[] {
  const reasons = [...new Set(Object.values(withheld))];
  return reasons.map((reason) =>
    reason === "editor" ? ALL_IN_EDITOR : `Not included in the access of this page: ${scopeWords(reason)} (${reason}).`,
  );
}

function scopeWords(scope: string): string {
  const [words] = isScope(scope) ? permissionWords([scope], undefined) : [];
  const text = words?.text ?? scope;
  return `${text[0]?.toLowerCase() ?? ""}${text.slice(1)}`;
}
