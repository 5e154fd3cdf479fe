import * as l10n from "@vscode/l10n";
import { css, html, nothing, type TemplateResult } from "lit";
import type { TimelineStep } from "../../contract/dashboard.ts";
import { diffStyles, diffView } from "./diffView.ts";
import { duration } from "../look/format.ts";
import { icon, iconButton, type IconName } from "../look/icons.ts";
import { lengthWords, stepDetail, stepName } from "./stepWords.ts";

const LOOKS: Readonly<Partial<Record<TimelineStep["type"], readonly [icon: IconName, className: string]>>> = {
  "command-queued": ["watch", "dim"],
  "command-started": ["debug-start", "busy"],
  "command-output": ["output", "dim"],
  "output-retracted": ["output", "warn"],
  "tool-call": ["tools", "dim"],
  "agent-step": ["comment-discussion", "dim"],
  "conversation-compacted": ["references", "dim"],
  "wait-changed": ["watch", "dim"],
  "user-input-required": ["question", "warn"],
  "input-accepted": ["check", "good"],
  "input-expired": ["watch", "warn"],
  "command-completed": ["pass", "good"],
  "command-error": ["error", "bad"],
  "command-cancelled": ["circle-slash", "dim"],
};

/** Opens another execution. */
export type OpenRun = (executionId: string) => void;

/**
 * Renders the steps of an execution with the time since its start.
 * @param open Without it, the executions of its tools are unknown to the host
 */
export function timelineView(steps: readonly TimelineStep[], open?: OpenRun): TemplateResult | typeof nothing {
  const start = Date.parse(steps[0]?.at ?? "");
  if (steps.length === 0) return nothing;
  return html`<ol class="timeline">
    ${steps.map((step) => stepView(step, Date.parse(step.at) - start, open))}
  </ol>`;
}

function stepView(step: TimelineStep, afterMs: number, open: OpenRun | undefined): TemplateResult {
  const { type, length, diffs = [], childId } = step;
  const [name, className] = LOOKS[type] ?? ["info", "dim"];
  const word = stepName(type);
  const text = stepDetail(step);
  return html`<li>
    ${icon(name, className)}
    <span class="what"
      >${word}${length === undefined || type === "command-queued" ? nothing : html` <span class="dim">${lengthWords(length)}</span>`}${
        text === undefined ? nothing : html` <span class="dim">${text}</span>`
      }${diffs.map(diffView)}</span
    >
    ${
      childId === undefined || open === undefined
        ? nothing
        : iconButton("link-external", l10n.t("Open the run of {0}", text ?? word), () => open(childId))
    }
    <span class="number dim small">${afterMs === 0 ? "" : `+${duration(afterMs)}`}</span>
  </li>`;
}

export const timelineStyles = css`
  ${diffStyles}
  .timeline li {
    position: relative;
    display: flex;
    gap: 8px;
    padding: 3px 0;
  }
  .timeline li + li::before {
    content: "";
    position: absolute;
    left: 8px;
    top: -5px;
    height: 8px;
    border-left: 1px solid var(--kiro-line);
  }
  .timeline .what {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
  }
`;
