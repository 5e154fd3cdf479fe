import * as l10n from "@vscode/l10n";
import type { AuditVerificationView } from "../../contract/audit.ts";
import { plural } from "../l10n/language.ts";
import { count } from "../look/format.ts";

type Facts = NonNullable<AuditVerificationView["facts"]>;

/** Returns the result of a verification. That of a window of an earlier version has its sentence only. */
export function verificationWords({ facts, text }: AuditVerificationView): string {
  if (facts === undefined) return text;
  const { lines, bad, otherBad } = facts;
  if (bad !== undefined) {
    const broken = l10n.t("The audit log is broken: {0}.", badWords(bad));
    return otherBad === 0 ? broken : `${broken} ${otherWords(otherBad)}`;
  }
  if (lines === 0) return l10n.t("There is no audit log yet.");
  return facts.crashed === 0 ? wholeWords(facts) : `${wholeWords(facts)} ${crashWords(facts.crashed)}`;
}

function wholeWords({ lines, files }: Facts): string {
  const all = plural(lines, l10n.t("{0} line", count(lines)), l10n.t("{0} lines", count(lines)));
  return plural(
    files,
    l10n.t("The audit log is whole: {0} in {1} file, nothing was changed or cut out.", all, count(files)),
    l10n.t("The audit log is whole: {0} in {1} files, nothing was changed or cut out.", all, count(files)),
  );
}

function crashWords(files: number): string {
  return plural(
    files,
    l10n.t("{0} file ended with a crash, whose last moment may be missing.", count(files)),
    l10n.t("{0} files ended with a crash, whose last moment may be missing.", count(files)),
  );
}

function otherWords(files: number): string {
  return plural(
    files,
    l10n.t("{0} more file did not pass either.", count(files)),
    l10n.t("{0} more files did not pass either.", count(files)),
  );
}

function badWords({ file, state, firstBadLine: line = 1 }: NonNullable<Facts["bad"]>): string {
  switch (state) {
    case "changed":
      return l10n.t("line {0} of {1} was changed, or the link of the next one", line, file);
    case "cut":
      return l10n.t("lines are missing before line {0} of {1}", line, file);
    case "reordered":
      return l10n.t("lines of {0} were moved or inserted, from line {1}", file, line);
    case "tail-cut":
      return l10n.t("the end of {0} is missing from line {1}: it was cut off, or lost in a power failure", file, line);
    case "appended":
      return l10n.t("lines were added to {0} after its end, from line {1}", file, line);
    case "missing":
      return l10n.t("{0} is missing, and the bridge did not remove it", file);
    case "unlisted":
      return l10n.t("{0} is not in the index", file);
    case "no-head":
      return l10n.t("the head of {0} is missing, so its end cannot be checked", file);
    default:
      return `${file}: ${state}`;
  }
}
