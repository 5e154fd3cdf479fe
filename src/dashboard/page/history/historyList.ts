import * as l10n from "@vscode/l10n";
import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { WindowLabel } from "../../state/windowChoice.ts";
import type { ExecutionRow } from "../../contract/dashboard.ts";
import { historyRow, historyRowStyles, ROW_HEIGHT } from "./historyRow.ts";
import { styled } from "../look/styled.ts";
import { shared } from "../look/styles.ts";

/** Number of additional rows rendered on each side of the visible ones. */
const SPARE = 6;
/** Number of rows before the end at which more are requested. */
const ASK_BEFORE = 40;

/**
 * The history as a virtual list of rows of equal height, which only renders the visible ones. A single Tab stop, with
 * arrow keys inside; the focus stays on the list, and `aria-activedescendant` refers to the active row, which may not
 * be rendered. Fires `open` with the row's ID, and `more` near the end.
 */
export class HistoryList extends LitElement {
  static override properties = {
    items: { attribute: false },
    labels: { attribute: false },
    selected: {},
    active: { state: true },
    top: { state: true },
    height: { state: true },
  };
  static override styles = [
    shared,
    historyRowStyles,
    css`
      :host {
        height: 100%;
        min-height: 0;
      }
      .viewport {
        height: 100%;
        overflow: hidden auto;
        overscroll-behavior: contain;
        contain: strict;
        outline-offset: -1px;
      }
      .viewport:focus-visible {
        outline: none;
      }
      .space {
        position: relative;
      }
      .item {
        position: absolute;
        inset: 0 0 auto;
        border-radius: 4px;
        cursor: pointer;
        overflow: hidden;
      }
      .item:hover {
        background: var(--vscode-list-hoverBackground);
        color: var(--vscode-list-hoverForeground, inherit);
        outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .item[aria-selected="true"] {
        background: var(--vscode-list-inactiveSelectionBackground);
        color: var(--vscode-list-inactiveSelectionForeground, inherit);
        outline: 1px dotted var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .item[aria-selected="true"] .dim {
        color: inherit;
      }
      .viewport:focus-visible .item.active {
        outline: 1px solid var(--vscode-list-focusOutline, var(--vscode-focusBorder));
        outline-offset: -1px;
      }
    `,
  ];
  declare items: readonly ExecutionRow[];
  /** The other windows, by ID. */
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare selected: string;
  declare active: number;
  declare top: number;
  declare height: number;
  readonly #resizing = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.items = [];
    this.labels = new Map();
    this.selected = "";
    this.active = 0;
    this.top = 0;
    this.height = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizing.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizing.disconnect();
  }

  /** The scroll position in pixels. */
  get scrollPosition(): number {
    return this.top;
  }

  set scrollPosition(top: number) {
    void this.updateComplete.then(() => {
      if (this.#viewport !== null) this.#viewport.scrollTop = top;
    });
  }

  override focus(): void {
    this.#viewport?.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("items")) return;
    this.#keepActive(changed.get("items") ?? []);
    if (this.#range().end > this.items.length - ASK_BEFORE) this.dispatchEvent(new Event("more"));
  }

  override render(): TemplateResult {
    const { start, end } = this.#range();
    const rows = this.items.slice(start, end);
    const active = this.items[this.active];
    return html`<div
      class="viewport"
      role="listbox"
      tabindex="0"
      aria-label=${l10n.t("History")}
      aria-activedescendant=${active === undefined ? "" : `item-${active.id}`}
      @scroll=${this.#onScroll}
      @keydown=${this.#onKey}
    >
      <div class="space" role="presentation" ${styled({ height: `${this.items.length * ROW_HEIGHT}px` })}>
        ${repeat(
          rows,
          ({ id }) => id,
          (item, offset) => this.#row(item, start + offset),
        )}
      </div>
    </div>`;
  }

  #row(item: ExecutionRow, index: number): TemplateResult {
    const place = { height: `${ROW_HEIGHT}px`, transform: `translateY(${index * ROW_HEIGHT}px)` };
    return html`<div
      id=${`item-${item.id}`}
      class=${index === this.active ? "item active" : "item"}
      role="option"
      aria-setsize=${this.items.length}
      aria-posinset=${index + 1}
      aria-selected=${item.id === this.selected ? "true" : "false"}
      ${styled(place)}
      @click=${() => this.#open(index)}
    >
      ${historyRow(item, this.labels.get(item.windowId))}
    </div>`;
  }

  get #viewport(): HTMLElement | null {
    return this.renderRoot.querySelector(".viewport");
  }

  #range(): { start: number; end: number } {
    const first = Math.floor(this.top / ROW_HEIGHT) - SPARE;
    const shown = Math.ceil(this.height / ROW_HEIGHT) + 2 * SPARE;
    const start = Math.max(0, Math.min(first, this.items.length - shown));
    return { start, end: Math.min(this.items.length, start + shown) };
  }

  /** Keeps the active row when rows are inserted at the top. */
  #keepActive(before: readonly ExecutionRow[]): void {
    const id = before[this.active]?.id;
    const place = id === undefined || this.active === 0 ? 0 : this.items.findIndex((item) => item.id === id);
    this.active = Math.max(0, Math.min(place < 0 ? this.active : place, this.items.length - 1));
  }

  #measure(): void {
    this.height = this.clientHeight;
  }

  readonly #onScroll = (event: Event): void => {
    if (!(event.currentTarget instanceof HTMLElement)) return;
    this.top = event.currentTarget.scrollTop;
    if (this.#range().end > this.items.length - ASK_BEFORE) this.dispatchEvent(new Event("more"));
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(this.height / ROW_HEIGHT) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.items.length,
      End: this.items.length,
    };
    const step = steps[event.key];
    if (step !== undefined) this.#moveTo(this.active + step);
    else if (event.key === "Enter" || event.key === " ") this.#open(this.active);
    else return;
    event.preventDefault();
  };

  #moveTo(index: number): void {
    this.active = Math.max(0, Math.min(index, this.items.length - 1));
    const viewport = this.#viewport;
    if (viewport === null) return;
    const start = this.active * ROW_HEIGHT;
    if (start < viewport.scrollTop) viewport.scrollTop = start;
    else if (start + ROW_HEIGHT > viewport.scrollTop + this.height)
      viewport.scrollTop = start + ROW_HEIGHT - this.height;
  }

  #open(index: number): void {
    const item = this.items[index];
    if (item === undefined) return;
    this.active = index;
    this.dispatchEvent(new CustomEvent("open", { detail: item.id }));
  }
}

customElements.define("kiro-list", HistoryList);

declare global {
  interface HTMLElementTagNameMap {
    "kiro-list": HistoryList;
  }
}
