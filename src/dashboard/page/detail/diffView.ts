import * as l10n from "@vscode/l10n";
import { css, html, nothing, type TemplateResult } from "lit";
import type { FileDiff } from "../../../protocol/events.ts";
import { type DiffLine, lineDiff } from "./lineDiff.ts";

const classes: Readonly<Record<DiffLine["sign"], string>> = { "+": "added", "-": "removed", " ": "same" };

/** The change of a file: signs say what the colors say. */
export function diffView({ path, oldText = "", newText, isTruncated }: FileDiff): TemplateResult {
  return html`<details class="diff">
    <summary>${path}</summary>
    <div class="lines" role="region" tabindex="0" aria-label=${l10n.t("Changes to {0}", path)}>
      ${lineDiff(oldText, newText).map(({ sign, text }) => html`<div class=${classes[sign]}>${sign} ${text}</div>`)}
      ${isTruncated === true ? html`<div class="same">${l10n.t("… truncated")}</div>` : nothing}
    </div>
  </details>`;
}

export const diffStyles = css`
  .diff {
    white-space: normal;
  }
  .diff summary {
    overflow-wrap: anywhere;
    cursor: pointer;
  }
  .diff .lines {
    max-height: 240px;
    margin: 4px 0;
    overflow: auto;
    border: 1px solid var(--kiro-line);
    border-radius: 4px;
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: var(--vscode-editor-font-size, 12px);
    overflow-wrap: anywhere;
    user-select: text;
  }
  .diff .lines > div {
    padding: 0 8px;
    white-space: pre-wrap;
  }
  .diff .added {
    background: var(--vscode-diffEditor-insertedTextBackground, transparent);
  }
  .diff .removed {
    background: var(--vscode-diffEditor-removedTextBackground, transparent);
  }
`;
