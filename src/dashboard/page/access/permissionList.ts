import * as l10n from "@vscode/l10n";
import { css, html, type TemplateResult } from "lit";
import type { PermissionWords } from "../../contract/scopeWords.ts";
import { icon } from "../look/icons.ts";

export const permissionStyles = css`
  .permissions li {
    display: flex;
    gap: 6px;
    margin-top: 4px;
    overflow-wrap: anywhere;
  }
  .permissions span:last-child {
    min-width: 0;
  }
`;

/** Renders what a program is permitted to do; a sign, and a word for screen readers, marks what is risky. */
export function permissionList(permissions: readonly PermissionWords[]): TemplateResult {
  return html`<ul class="permissions" aria-label=${l10n.t("Permissions")}>
    ${permissions.map(
      ({ text, isRisky }) => html`<li>
        ${icon(isRisky ? "warning" : "check", isRisky ? "warn" : "dim")}
        <span>${isRisky ? html`<span class="hidden">${l10n.t("Risky:")} </span>` : ""}${text}</span>
      </li>`,
    )}
  </ul>`;
}
