import { css, html, nothing, type TemplateResult } from "lit";
import type { ExecutionRow } from "../../contract/dashboard.ts";
import { clock, duration, firstLine, subtitleOf, titleOf } from "../look/format.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { windowMark } from "../windows/windowFilter.ts";
import { statusIcon, statusWord } from "../look/statusIcon.ts";

/** Height of a row in pixels: two lines of text. */
export const ROW_HEIGHT = 44;

/** Renders an ended execution: title and duration, time, window and result. @param label of another window */
export function historyRow(row: ExecutionRow, label: WindowLabel | undefined): TemplateResult {
  const result = firstLine(row.error ?? row.output) || subtitleOf(row);
  return html`<div class="history-row">
    ${statusIcon(row.status)}
    <span class="cut main">${titleOf(row)}</span>
    <span class="number small dim">${row.executionTimeMs === undefined ? nothing : duration(row.executionTimeMs)}</span>
    <span class="cut small dim below"
      ><span class="hidden">${statusWord(row.status)}, </span><span class="number">${clock(row.startedAt)}</span>${
        label === undefined ? nothing : html` · ${windowMark(label)}`
      }${result === "" ? nothing : html` · ${result}`}</span
    >
  </div>`;
}

/** Styles for the list, in whose shadow root the rows are rendered. */
export const historyRowStyles = css`
  .history-row {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr) auto;
    gap: 1px 8px;
    align-content: center;
    height: 100%;
    padding: 0 8px;
  }
  .history-row .below {
    grid-column: 2 / 4;
  }
`;
