import { html, type TemplateResult } from "lit";
import type { ExecutionStatus } from "../../../protocol/executionStatus.ts";
import type { WaitingFor } from "../../../protocol/input.ts";
import { icon, type IconName } from "./icons.ts";

interface Look {
  readonly name: IconName;
  readonly className: string;
  readonly word: string;
}

const LOOKS: Readonly<Record<ExecutionStatus, Look>> = {
  queued: { name: "watch", className: "dim", word: "Queued" },
  running: { name: "loading", className: "busy spin", word: "Running" },
  "waiting-input": { name: "question", className: "warn", word: "Waiting for an answer" },
  completed: { name: "pass", className: "good", word: "Completed" },
  failed: { name: "error", className: "bad", word: "Failed" },
  cancelled: { name: "circle-slash", className: "dim", word: "Cancelled" },
  interrupted: { name: "warning", className: "warn", word: "Interrupted" },
};

/** The look of an execution that asks no question, and that only its client can answer. */
const PARKED: Look = { name: "tools", className: "dim", word: "Waiting for a tool of its client" };

/** Renders the icon of a status. @param waitingFor what an execution waits for that asks no question */
export function statusIcon(status: ExecutionStatus, waitingFor?: WaitingFor): TemplateResult {
  const { name, className } = waitingFor === undefined ? LOOKS[status] : PARKED;
  return icon(name, className);
}

export function statusWord(status: ExecutionStatus): string {
  return LOOKS[status].word;
}

/** Renders icon and label of a status. @param waitingFor what an execution waits for that asks no question */
export function statusLabel(status: ExecutionStatus, waitingFor: WaitingFor | undefined): TemplateResult {
  const word = waitingFor === undefined ? statusWord(status) : PARKED.word;
  return html`<span class="row status">${statusIcon(status, waitingFor)}<span>${word}</span></span>`;
}
