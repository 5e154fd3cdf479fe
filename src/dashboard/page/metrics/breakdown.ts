import * as l10n from "@vscode/l10n";
import { css, html, nothing, type TemplateResult } from "lit";
import type { MetricsGroup, MetricsSnapshot } from "../../../protocol/metrics.ts";
import { plural } from "../l10n/language.ts";
import { count, duration } from "../look/format.ts";

/** Maximum number of rows. */
const SHOWN = 10;

export const breakdownStyles = css`
  details {
    margin-top: 8px;
  }
  summary {
    padding: 4px 0;
    cursor: pointer;
    color: var(--kiro-dim);
  }
  table {
    width: 100%;
    margin: 4px 0 12px;
    border-collapse: collapse;
    table-layout: fixed;
  }
  caption {
    text-align: start;
    color: var(--kiro-dim);
  }
  th,
  td {
    padding: 2px 4px;
    text-align: end;
    font-weight: 400;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  th:first-child {
    width: 50%;
    text-align: start;
  }
  thead th {
    color: var(--kiro-dim);
  }
`;

/** Renders the numbers behind the charts: since the start of the bridge, by command and by session. */
export function breakdown(metrics: MetricsSnapshot): TemplateResult {
  const { queue, events, restarts } = metrics;
  const facts = [
    l10n.t(
      "{0} running, {1} queued, {2} waiting for an answer",
      count(queue.running),
      count(queue.queued),
      count(queue.waitingForInput),
    ),
    l10n.t("{0} events sent, {1} dropped for slow clients", count(events.sent), count(events.dropped)),
    plural(restarts, l10n.t("{0} Kiro CLI restart", count(restarts)), l10n.t("{0} Kiro CLI restarts", count(restarts))),
  ];
  return html`<details>
    <summary>${l10n.t("All metrics since the bridge started")}</summary>
    ${facts.map((fact) => html`<p class="small number">${fact}</p>`)}
    ${table(l10n.t("By command"), metrics.commands)} ${table(l10n.t("By Kiro CLI session"), metrics.sessions)}
  </details>`;
}

function table(title: string, groups: readonly MetricsGroup[]): TemplateResult | typeof nothing {
  if (groups.length === 0) return nothing;
  const busiest = groups.toSorted((a, b) => b.ended - a.ended).slice(0, SHOWN);
  return html`<table class="small number">
    <caption>
      ${title}
    </caption>
    <thead>
      <tr>
        <th scope="col">${l10n.t("Name")}</th>
        <th scope="col">${l10n.t("Runs")}</th>
        <th scope="col">${l10n.t("Failed")}</th>
        <th scope="col">p50</th>
        <th scope="col">p95</th>
      </tr>
    </thead>
    <tbody>
      ${busiest.map(row)}
    </tbody>
  </table>`;
}

function row({ name, ended, failed, p50, p95 }: MetricsGroup): TemplateResult {
  return html`<tr>
    <th scope="row" title=${name}>${name}</th>
    <td>${count(ended)}</td>
    <td>${count(failed)}</td>
    <td>${p50 === undefined ? "–" : duration(p50)}</td>
    <td>${p95 === undefined ? "–" : duration(p95)}</td>
  </tr>`;
}
