import * as l10n from "@vscode/l10n";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";

const words: Readonly<Record<ExecutionStatus, string>> = {
  queued: l10n.t("queued"),
  running: l10n.t("running"),
  "waiting-input": l10n.t("waiting for an answer"),
  completed: l10n.t("completed"),
  failed: l10n.t("failed"),
  cancelled: l10n.t("cancelled"),
  interrupted: l10n.t("interrupted"),
};

/** Returns the status of a run for people. */
export function executionStatusWord(status: ExecutionStatus): string {
  return words[status];
}
