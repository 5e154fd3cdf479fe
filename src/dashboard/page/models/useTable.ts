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
  const rest = rows.length > SHOWN ? `, the ${SHOWN} largest of ${count(rows.length)}` : "";
  return html`<table class="small number">
    <caption>
      ${title}${rest}
    </caption>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">In</th>
        <th scope="col">Out</th>
        <th scope="col">Steps</th>
        ${hasCosts ? html`<th scope="col">Cost</th>` : nothing}
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
    <td title="${count(inputTokens)} tokens, ${count(cachedInputTokens)} of them cached">${shortCount(inputTokens)}</td>
    <td title="${count(outputTokens)} tokens">${shortCount(outputTokens)}</td>
    <td>${count(steps)}</td>
    ${hasCosts ? html`<td title=${price}>${price}</td>` : nothing}
  </tr>`;
}
