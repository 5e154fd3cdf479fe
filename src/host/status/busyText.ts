import * as l10n from "@vscode/l10n";
import type { Load } from "../../core/status.ts";

/** Describes the executions that a stop would interrupt, or returns undefined. */
export function busyText({ running, queued }: Load): string | undefined {
  if (running + queued === 0) return undefined;
  return [...busyLines(running, queued), callersText(running + queued)].join(" ");
}

function busyLines(running: number, queued: number): string[] {
  return [
    ...(running === 0
      ? []
      : [running === 1 ? l10n.t("1 command is running.") : l10n.t("{0} commands are running.", running)]),
    ...(queued === 0
      ? []
      : [queued === 1 ? l10n.t("1 command is queued.") : l10n.t("{0} commands are queued.", queued)]),
  ];
}

function callersText(count: number): string {
  return count === 1 ? l10n.t("Its caller receives an error (503).") : l10n.t("Their callers receive an error (503).");
}
