import { css, html, type nothing, type TemplateResult } from "lit";
import { icon, type IconName } from "./icons.ts";

/** Renders an explanation of an empty section, and the next step. */
export function emptyState(
  name: IconName,
  text: string,
  more: unknown,
  buttons: readonly (TemplateResult | typeof nothing)[] = [],
): TemplateResult {
  return html`<div class="empty">
    ${icon(name, "big")}
    <p>${text}</p>
    <p class="dim small">${more}</p>
    <div class="buttons">${buttons}</div>
  </div>`;
}

export const emptyStyles = css`
  .empty {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 6px;
    padding: 20px 16px;
    text-align: center;
    text-wrap: balance;
  }
  .empty .buttons {
    justify-content: center;
    margin-top: 6px;
  }
  .empty .big {
    font-size: 24px;
    color: var(--kiro-dim);
  }
`;
