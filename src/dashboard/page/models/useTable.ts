import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { UsedView } from "../../state/engineViews.ts";
import { count } from "../look/format.ts";
import { money, shortCount } from "./usedWords.ts";

/** Maximum number of rows. */
const SHOWN = 10;

export interface UseRow extends UsedView {
  readonly name: string;
  /** Shown after the name. */
  readonly mark?: unknown;
}

/** Renders who has used how much, those with the most first. */
export function useTable(title: string, rows: readonly UseRow[]): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  const hasCosts = rows.some(({ cost }) => cost !== undefined);
  const caption = rows.length > SHOWN ? l10n.t("{0}, the {1} largest of {2}", title, SHOWN, count(rows.length)) : title;
  return html`<table class="small number">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">${l10n.t("Name")}</th>
        <th scope="col">${l10n.t("In")}</th>
        <th scope="col">${l10n.t("Out")}</th>
        <th scope="col">${l10n.t("Steps")}</th>
        ${hasCosts ? html`<th scope="col">${l10n.t("Cost")}</th>` : nothing}
      </tr>
    </thead>
    <tbody>
      ${rows.slice(0, SHOWN).map((row) => rowOf(row, hasCosts))}
    </tbody>
  </table>`;
}

function rowOf(row: UseRow, hasCosts: boolean): TemplateResult {
  const { name, mark = nothing, inputTokens, cachedInputTokens, outputTokens, steps, cost, currency } = row;
  const price = cost === undefined ? "–" : money(cost, currency);
  return html`<tr>
    <th scope="row" title=${name}>${name} ${mark}</th>
    <td title=${l10n.t("{0} tokens, {1} of them cached", count(inputTokens), count(cachedInputTokens))}>${shortCount(inputTokens)}</td>
    <td title=${l10n.t("{0} tokens", count(outputTokens))}>${shortCount(outputTokens)}</td>
    <td>${count(steps)}</td>
    ${hasCosts ? html`<td title=${price}>${price}</td>` : nothing}
  </tr>`;
}
