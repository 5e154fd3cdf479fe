import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import type uPlot from "uplot";
import { shared } from "../look/styles.ts";
import { loadPlot } from "./loadPlot.ts";
import { onThemeChange } from "./theme.ts";

/** Share of the axis near the corner. */
const CORNER = 0.12;

export interface ChartSeries {
  readonly label: string;
  /** A CSS variable of the theme. */
  readonly colour: string;
  readonly isBar?: boolean;
  readonly values: readonly (number | null)[];
}

/** A small chart of the last minutes. Screen readers treat it as one image with `summary` as its text. */
export class Chart extends LitElement {
  static override properties = {
    times: { attribute: false },
    series: { attribute: false },
    summary: {},
    format: { attribute: false },
  };
  // The parts of uPlot's style sheet used by a chart without legend and selection.
  static override styles = [
    shared,
    css`
      .plot {
        height: var(--kiro-chart-height, 84px);
      }
      .uplot,
      .u-wrap {
        position: relative;
      }
      .u-over,
      .u-under,
      .u-axis {
        position: absolute;
      }
      .u-under {
        overflow: hidden;
      }
      canvas {
        display: block;
        position: relative;
        width: 100%;
        height: 100%;
      }
    `,
  ];
  declare times: readonly number[];
  declare series: readonly ChartSeries[];
  declare summary: string;
  declare format: (value: number) => string;
  #library: typeof uPlot | undefined;
  #plot: uPlot | undefined;
  #stopFollowing: (() => void) | undefined;
  readonly #resizing = new ResizeObserver(() => this.#resize());

  constructor() {
    super();
    this.times = [];
    this.series = [];
    this.summary = "";
    this.format = String;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizing.observe(this);
    this.#stopFollowing = onThemeChange(() => this.#draw());
    void loadPlot().then((library) => {
      this.#library = library;
      this.#draw();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizing.disconnect();
    this.#stopFollowing?.();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  override render(): TemplateResult {
    return html`<div class="plot" role="img" aria-label=${this.summary}></div>`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (!changed.has("series") && !changed.has("times")) return;
    if (this.#plot === undefined || changed.get("series")?.length !== this.series.length) this.#draw();
    else this.#plot.setData(this.#data());
  }

  #data(): uPlot.AlignedData {
    return [[...this.times], ...this.series.map(({ values }) => [...values])];
  }

  #draw(): void {
    const holder = this.renderRoot.querySelector<HTMLElement>(".plot");
    const library = this.#library;
    if (library === undefined || holder === null || holder.clientWidth === 0 || this.series.length === 0) return;
    this.#plot?.destroy();
    this.#plot = new library(this.#options(holder, library), this.#data(), holder);
  }

  #options(holder: HTMLElement, library: typeof uPlot): uPlot.Options {
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(name).trim() || style.color;
    const axis = { stroke: colour("--kiro-dim"), font: `10px ${style.fontFamily}`, ticks: { show: false } };
    const grid = { stroke: colour("--kiro-grid"), width: 1 };
    return {
      width: holder.clientWidth,
      height: holder.clientHeight,
      padding: [6, 4, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      // A bar extends to both sides of its time, so the newest one needs room.
      scales: {
        x: { range: (_plot, min, max) => [min, max + (max - min) / 60] },
        y: { range: (_plot, _min, max) => [0, niceTop(max)] },
      },
      axes: [
        {
          ...axis,
          size: 18,
          gap: 2,
          grid: { show: false },
          space: 60,
          filter: clearOfCorner,
          values: (_plot, splits) => splits.map(hourAndMinute),
        },
        {
          ...axis,
          size: 38,
          gap: 4,
          grid,
          space: 24,
          values: (_plot, splits) => splits.map((value) => this.format(value)),
        },
      ],
      series: [{}, ...this.series.map((one) => seriesOptions(one, colour(one.colour), library))],
    };
  }

  #resize(): void {
    const holder = this.renderRoot.querySelector<HTMLElement>(".plot");
    if (holder === null || holder.clientWidth === 0) return;
    if (this.#plot === undefined) this.#draw();
    else this.#plot.setSize({ width: holder.clientWidth, height: holder.clientHeight });
  }
}

function seriesOptions({ label, isBar }: ChartSeries, colour: string, library: typeof uPlot): uPlot.Series {
  const bars = library.paths.bars?.({ size: [0.7, 12], gap: 1 });
  return isBar === true && bars !== undefined
    ? { label, fill: colour, stroke: colour, width: 0, points: { show: false }, paths: bars }
    : { label, stroke: colour, width: 1.5, spanGaps: true, points: { show: true, size: 3, fill: colour } };
}

function niceTop(max: number | null): number {
  if (max === null || max <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(max));
  const step = [1, 2, 5, 10].find((factor) => max <= factor * power) ?? 10;
  return step * power;
}

/** Hides axis labels in the corner, where both axes overlap. Before the first drawing only the values are known. */
function clearOfCorner(plot: uPlot, splits: number[]): (number | null)[] {
  const { min = 0, max = 1 } = plot.scales["x"] ?? {};
  return splits.map((split) => (split - min < (max - min) * CORNER ? null : split));
}

function hourAndMinute(seconds: number | null): string {
  if (seconds === null) return "";
  const date = new Date(seconds * 1000);
  return `${date.getHours()}:${String(date.getMinutes()).padStart(2, "0")}`;
}

customElements.define("kiro-chart", Chart);
