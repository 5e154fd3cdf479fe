import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { TopicView } from "../../contract/plugins.ts";
import { count, oneDigit } from "../look/format.ts";

/** Renders the topics of the bus with their rates. */
export function topicTable(topics: readonly TopicView[]): TemplateResult | typeof nothing {
  if (topics.length === 0) return nothing;
  return html`<h3 id="topics">${l10n.t("Topics")}</h3>
    <table class="small number" aria-labelledby="topics">
      <thead>
        <tr>
          <th scope="col">${l10n.t("Topic")}</th>
          <th scope="col" title=${l10n.t("Per second")}>${l10n.t("Per s")}</th>
          <th scope="col">${l10n.t("Sent")}</th>
          <th scope="col">${l10n.t("Delivered")}</th>
        </tr>
      </thead>
      <tbody>
        ${topics.map(row)}
      </tbody>
    </table>`;
}

function row({ topic, perSecond, published, delivered }: TopicView): TemplateResult {
  return html`<tr>
    <th scope="row" title=${topic}>${topic}</th>
    <td>${perSecond >= 10 ? count(Math.round(perSecond)) : oneDigit(perSecond)}</td>
    <td>${count(published)}</td>
    <td>${count(delivered)}</td>
  </tr>`;
}
