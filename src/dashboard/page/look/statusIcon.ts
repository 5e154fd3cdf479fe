import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { ExecutionStatus } from "../../../protocol/executionStatus.ts";
import type { WaitingFor } from "../../../protocol/input.ts";
import { icon, type IconName } from "./icons.ts";

interface Look {
  readonly name: IconName;
  readonly className: string;
}

const LOOKS: Readonly<Record<ExecutionStatus, Look>> = {
  queued: { name: "watch", className: "dim" },
  running: { name: "loading", className: "busy spin" },
  "waiting-input": { name: "question", className: "warn" },
  completed: { name: "pass", className: "good" },
  failed: { name: "error", className: "bad" },
  cancelled: { name: "circle-slash", className: "dim" },
  interrupted: { name: "warning", className: "warn" },
};

/** The look of an execution that asks no question, and that only its client can answer. */
const PARKED: Look = { name: "tools", className: "dim" };

/** Renders the icon of a status. @param waitingFor what an execution waits for that asks no question */
export function statusIcon(status: ExecutionStatus, waitingFor?: WaitingFor): TemplateResult {
  const { name, className } = waitingFor === undefined ? LOOKS[status] : PARKED;
  return icon(name, className);
}

export function statusWord(status: ExecutionStatus): string {
  switch (status) {
    case "queued":
      return l10n.t("Queued");
    case "running":
      return l10n.t("Running");
    case "waiting-input":
      return l10n.t("Waiting for an answer");
    case "completed":
      return l10n.t("Completed");
    case "failed":
      return l10n.t("Failed");
    case "cancelled":
      return l10n.t("Cancelled");
    case "interrupted":
      return l10n.t("Interrupted");
  }
}

/** Renders icon and label of a status. @param waitingFor what an execution waits for that asks no question */
export function statusLabel(status: ExecutionStatus, waitingFor: WaitingFor | undefined): TemplateResult {
  const word = waitingFor === undefined ? statusWord(status) : l10n.t("Waiting for a tool of its client");
  return html`<span class="row status">${statusIcon(status, waitingFor)}<span>${word}</span></span>`;
}
