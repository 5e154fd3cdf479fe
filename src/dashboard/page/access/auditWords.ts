import * as l10n from "@vscode/l10n";
import type { AuditLine } from "../../../protocol/audit/auditEntry.ts";
import type { AuditEntryView } from "../../contract/audit.ts";
import { count } from "../look/format.ts";
import { accessWords } from "./auditAccessWords.ts";

type Line = NonNullable<AuditEntryView["entry"]>;

/** Returns an entry of the audit log as one sentence. An entry of a window of an earlier version has its sentence only. */
export function auditWords({ entry, text }: Pick<AuditEntryView, "entry" | "text">): string {
  if (entry === undefined) return text;
  const who = callerWords(entry);
  return runWords(entry, who) ?? accessWords(entry, who) ?? systemWords(entry) ?? text;
}

function runWords(entry: Line, who: string): string | undefined {
  const { kind, executionId = "", what = "", count: number = 0 } = entry;
  const command = withRule(entry.command, entry);
  const code = withRule(entry.code, entry);
  switch (kind) {
    case "execution":
      return l10n.t("{0} ran {1}: {2}.", who, command, endWords(entry));
    case "execution-accepted":
      return l10n.t("{0} sent {1}.", who, command);
    case "execution-ended":
      return l10n.t("{0} of {1} ended: {2}.", entry.command ?? "", who, endWords(entry));
    case "cancel-requested":
      return l10n.t("{0} cancelled {1}.", who, executionId);
    case "input-answered":
      return l10n.t("{0} answered a question of {1}.", who, executionId);
    case "terminal-opened":
      return l10n.t("{0} opened a terminal with Kiro CLI.", who);
    case "request-refused":
      return l10n.t("{0} was rejected with {1}: {2}.", who, code, what);
    case "requests-refused":
      return l10n.t("{0} was rejected {1} more times with {2}.", who, count(number), entry.code ?? "");
    default:
      return undefined;
  }
}

function systemWords({ kind, ms = 0, count: lost = 0, setting = "", value = "" }: Line): string | undefined {
  switch (kind) {
    case "audit-opened":
      return l10n.t("A window began to write this log.");
    case "access-widened":
      return l10n.t("A setting gives more access: kiroBridge.{0} is {1}.", setting, value);
    case "clock-moved-back":
      return l10n.t("The clock was set back by {0} ms.", count(ms));
    case "entries-lost":
      return l10n.t("{0} entries could not be written: the disk was full or too slow.", count(lost));
    default:
      return undefined;
  }
}

function withRule(text = "", { rule }: Pick<AuditLine, "rule">): string {
  return rule === undefined ? text : `${text} (${rule})`;
}

function callerWords({ principal, program, via }: Line): string {
  const isOwner = principal?.kind === "owner";
  if (via === "editor") return l10n.t("The user");
  if (principal === undefined)
    return program === undefined
      ? l10n.t("A program without a valid token")
      : l10n.t("{0}, without a valid token,", program);
  if (via === "agent")
    return isOwner
      ? l10n.t("The agent {0} for the owner", program ?? "")
      : l10n.t("The agent {0} for “{1}”", program ?? "", principal.name);
  const name = isOwner ? l10n.t("The owner") : l10n.t("“{0}”", principal.name);
  return program === undefined ? name : `${name} (${program})`;
}

function endWords({ status = "", code, ms = 0 }: Line): string {
  const word = statusWordOf(status);
  return code === undefined
    ? l10n.t("{0} after {1} ms", word, count(ms))
    : l10n.t("{0} with {1} after {2} ms", word, code, count(ms));
}

function statusWordOf(status: string): string {
  switch (status) {
    case "completed":
      return l10n.t("completed");
    case "failed":
      return l10n.t("failed");
    case "cancelled":
      return l10n.t("cancelled");
    case "interrupted":
      return l10n.t("interrupted");
    default:
      return status;
  }
}
