import { css, html, nothing, type TemplateResult } from "lit";
import type { TimelineStep } from "../../contract/dashboard.ts";
import { diffStyles, diffView } from "./diffView.ts";
import { count, duration } from "../look/format.ts";
import { icon, iconButton, type IconName } from "../look/icons.ts";

type Look = readonly [IconName, string, string];

const LOOKS: Readonly<Partial<Record<TimelineStep["type"], Look>>> = {
  "command-queued": ["watch", "dim", "Queued"],
  "command-started": ["debug-start", "busy", "Started"],
  "command-output": ["output", "dim", "Output"],
  "output-retracted": ["output", "warn", "Retracted output"],
  "tool-call": ["tools", "dim", "Tool"],
  "agent-step": ["comment-discussion", "dim", "Step of the model"],
  "conversation-compacted": ["references", "dim", "Conversation compacted"],
  "wait-changed": ["watch", "dim", "Tool of the client"],
  "user-input-required": ["question", "warn", "Asked"],
  "input-accepted": ["check", "good", "Answered"],
  "input-expired": ["watch", "warn", "Not answered in time; used"],
  "command-completed": ["pass", "good", "Completed"],
  "command-error": ["error", "bad", "Failed"],
  "command-cancelled": ["circle-slash", "dim", "Cancelled"],
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
  const { type, text, length, diffs = [], childId } = step;
  const [name, className, word] = LOOKS[type] ?? ["info", "dim", type];
  return html`<li>
    ${icon(name, className)}
    <span class="what"
      >${word}${length === undefined || type === "command-queued" ? nothing : html` <span class="dim">${count(length)} characters</span>`}${
        text === undefined ? nothing : html` <span class="dim">${text}</span>`
      }${diffs.map(diffView)}</span
    >
    ${
      childId === undefined || open === undefined
        ? nothing
        : iconButton("link-external", `Open the run of ${text ?? word}`, () => open(childId))
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
