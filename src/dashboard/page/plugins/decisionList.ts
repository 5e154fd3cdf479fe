import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { DecisionView } from "../../contract/plugins.ts";
import { clock, count, firstLine } from "../look/format.ts";
import { icon } from "../look/icons.ts";

/** Renders the last decisions of the router, each with its reasons. */
export function decisionList(decisions: readonly DecisionView[], now: number): TemplateResult | typeof nothing {
  if (decisions.length === 0) return nothing;
  return html`<h3 id="decisions">${l10n.t("Routing decisions")}</h3>
    <ul class="card" aria-labelledby="decisions">
      ${repeat(
        decisions,
        ({ id }) => id,
        (decision) => item(decision, now),
      )}
    </ul>`;
}

function item({ at, text, plugin, score, reasons, fallbacks }: DecisionView, now: number): TemplateResult {
  const to = score === undefined ? plugin : `${plugin} (${count(Math.round(score * 10) / 10)})`;
  const others = fallbacks.length === 0 ? [] : [l10n.t("then {0}", fallbacks.join(", "))];
  return html`<li class="row top">
    ${icon("references", "dim")}
    <div class="grow">
      <p class="cut" title=${text}>${firstLine(text) === "" ? l10n.t("A request") : firstLine(text)}</p>
      <p class="words small">${l10n.t("to {0}", to)}<span class="dim">${["", ...others, clock(at, now)].join(", ")}</span></p>
      ${
        reasons.length === 0
          ? nothing
          : html`<details class="reasons small">
              <summary>${l10n.t("Why {0}", plugin)}</summary>
              <ul>
                ${reasons.map((reason) => html`<li class="words">${reason}</li>`)}
              </ul>
            </details>`
      }
    </div>
  </li>`;
}
