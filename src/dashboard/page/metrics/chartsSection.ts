import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { MetricsSnapshot } from "../../../protocol/metrics.ts";
import { breakdown, breakdownStyles } from "./breakdown.ts";
import type { ChartSeries } from "./chart.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { plural } from "../l10n/language.ts";
import { count, duration, wholePercent } from "../look/format.ts";
import { shared } from "../look/styles.ts";

type Slice = MetricsSnapshot["series"]["slices"][number];

/** Charts of throughput, latency and errors over the last minutes. */
export class ChartsSection extends LitElement {
  static override properties = { metrics: { attribute: false } };
  static override styles = [
    shared,
    emptyStyles,
    breakdownStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .charts {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 8px;
      }
      @container (width < 400px) {
        .charts {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .chart {
        padding: 8px 8px 4px;
        min-width: 0;
      }
      .value {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 12px;
        margin: 2px 0 4px;
      }
      .value b {
        margin-right: 6px;
        font-size: 1.25em;
        font-weight: 600;
      }
      .chart {
        display: flex;
        flex-direction: column;
      }
      kiro-chart {
        margin-top: auto;
      }
      .key::before {
        content: "";
        display: inline-block;
        width: 8px;
        height: 8px;
        margin-right: 4px;
        border-radius: 2px;
        background: currentcolor;
      }
      .p50 {
        color: var(--kiro-busy);
      }
      .p95 {
        color: var(--vscode-charts-purple);
      }
      .key span {
        color: var(--kiro-dim);
      }
    `,
  ];
  declare metrics: MetricsSnapshot | undefined;

  constructor() {
    super();
    this.metrics = undefined;
  }

  override render(): TemplateResult {
    if (this.metrics === undefined) {
      return emptyState("pulse", l10n.t("No metrics yet"), l10n.t("They are collected while the bridge is on."));
    }
    const { slices, sliceSeconds } = this.metrics.series;
    const times = slices.map(({ at }) => at / 1000);
    return html`<div class="charts">
        ${this.#throughput(slices, times, sliceSeconds)} ${this.#latency(slices, times)} ${this.#errors(slices, times)}
      </div>
      ${breakdown(this.metrics)}`;
  }

  #throughput(slices: readonly Slice[], times: readonly number[], sliceSeconds: number): TemplateResult {
    const perMinute = slices.map(({ ended }) => (ended * 60) / sliceSeconds);
    const recent = Math.max(1, Math.round(60 / sliceSeconds));
    const lastMinute = slices.slice(-recent).reduce((sum, { ended }) => sum + ended, 0);
    const series = [{ label: l10n.t("per minute"), colour: "--kiro-busy", isBar: true, values: perMinute }];
    const summary = throughputWords(lastMinute, count(Math.max(0, ...perMinute)));
    return card(
      l10n.t("Throughput"),
      html`<span><b>${count(lastMinute)}</b><span class="dim small">${l10n.t("per minute")}</span></span>`,
      times,
      series,
      summary,
    );
  }

  #latency(slices: readonly Slice[], times: readonly number[]): TemplateResult {
    const { p50, p95 } = this.metrics?.latencyMs ?? {};
    const series = [
      { label: "p50", colour: "--kiro-busy", values: slices.map((slice) => slice.p50 ?? null) },
      { label: "p95", colour: "--vscode-charts-purple", values: slices.map((slice) => slice.p95 ?? null) },
    ];
    const value =
      p50 === undefined
        ? html`<b>–</b>`
        : html`<span><b>${duration(p50)}</b><span class="small key p50"><span>p50</span></span></span>${
            p95 === undefined
              ? nothing
              : html`<span><b>${duration(p95)}</b><span class="small key p95"><span>p95</span></span></span>`
          }`;
    const summary =
      p50 === undefined
        ? l10n.t("Latency: no runs have ended.")
        : l10n.t("Latency: 50% of runs took up to {0}, 95% up to {1}.", duration(p50), duration(p95 ?? p50));
    return card(l10n.t("Latency"), value, times, series, summary, shortDuration);
  }

  #errors(slices: readonly Slice[], times: readonly number[]): TemplateResult {
    const failed = slices.reduce((sum, slice) => sum + slice.failed, 0);
    const share = wholePercent(this.metrics?.errorRate ?? 0);
    const series = [
      { label: l10n.t("failed"), colour: "--kiro-bad", isBar: true, values: slices.map((slice) => slice.failed) },
    ];
    const value = html`<span><b>${count(failed)}</b><span class="dim small">${l10n.t("{0} of all", share)}</span></span>`;
    return card(l10n.t("Errors"), value, times, series, l10n.t("Errors: {0} failed, {1}.", count(failed), share));
  }
}

function card(
  title: string,
  value: TemplateResult,
  times: readonly number[],
  series: readonly ChartSeries[],
  summary: string,
  format: (value: number) => string = count,
): TemplateResult {
  return html`<article class="card chart" aria-label=${title}>
    <div class="row"><h3 class="dim grow">${title}</h3></div>
    <p class="value number">${value}</p>
    <kiro-chart .times=${times} .series=${series} .summary=${summary} .format=${format}></kiro-chart>
  </article>`;
}

function throughputWords(ended: number, peak: string): string {
  return plural(
    ended,
    l10n.t("Throughput: {0} run ended in the last minute, with a peak of {1} per minute.", count(ended), peak),
    l10n.t("Throughput: {0} runs ended in the last minute, with a peak of {1} per minute.", count(ended), peak),
  );
}

function shortDuration(ms: number): string {
  if (ms < 1000) return l10n.t("{0} ms", ms);
  return ms < 60_000 ? l10n.t("{0} s", count(ms / 1000)) : l10n.t("{0} min", Math.round(ms / 60_000));
}

customElements.define("kiro-charts", ChartsSection);
