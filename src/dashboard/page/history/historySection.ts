import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { HistoryPages, HistoryQuery } from "../../state/historyPages.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import type { ExecutionRow } from "../../contract/dashboard.ts";
import { finalStatuses } from "../../../protocol/executionStatus.ts";
import { executionStatusSchema } from "../../../protocol/executions.ts";
import { type Act, ifOffered, noAct } from "../act.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { plural } from "../l10n/language.ts";
import { count } from "../look/format.ts";
import { icon, iconButton } from "../look/icons.ts";
import { statusWord } from "../look/statusIcon.ts";
import { fields, shared } from "../look/styles.ts";

/** Debounce time for the search in milliseconds. */
const TYPING_MS = 200;

/** The past executions: a search, a filter, and a list of any length. */
export class HistorySection extends LitElement {
  static override properties = {
    history: { attribute: false },
    rows: { attribute: false },
    isLoading: { type: Boolean },
    isOn: { type: Boolean },
    query: { attribute: false },
    labels: { attribute: false },
    selected: {},
    startAt: { type: Number },
    act: { attribute: false },
  };
  static override styles = [
    shared,
    emptyStyles,
    fields,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 6px;
        height: 100%;
        min-height: 0;
      }
      .search {
        position: relative;
        flex: 1 1 120px;
        min-width: 0;
      }
      .search .icon {
        position: absolute;
        inset: 5px auto auto 6px;
        color: var(--vscode-input-placeholderForeground, var(--kiro-dim));
      }
      input {
        padding-left: 26px;
      }
      select {
        flex: 0 1 auto;
        width: auto;
        padding: 0 2px;
        border-color: var(--vscode-settings-dropdownBorder, var(--vscode-dropdown-border, var(--kiro-line)));
        background: var(--vscode-dropdown-background);
        color: var(--vscode-dropdown-foreground);
      }
      .list {
        flex: 1;
        min-height: 120px;
      }
      .tools {
        gap: 4px;
      }
    `,
  ];
  declare history: HistoryPages | undefined;
  declare rows: readonly ExecutionRow[];
  declare isLoading: boolean;
  declare isOn: boolean;
  declare query: HistoryQuery;
  /** The other windows, by ID. */
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare selected: string;
  /** The initial scroll position in pixels. */
  declare startAt: number;
  declare act: Act;
  #isPlaced = false;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.history = undefined;
    this.rows = [];
    this.isLoading = false;
    this.isOn = false;
    this.query = {};
    this.labels = new Map();
    this.selected = "";
    this.startAt = 0;
    this.act = noAct;
  }

  override render(): TemplateResult {
    const { query } = this;
    return html`<div class="row tools">
        <div class="search">
          ${icon("search")}
          <input
            type="search"
            placeholder=${l10n.t("Search")}
            aria-label=${l10n.t("Search history")}
            spellcheck="false"
            .value=${query.search ?? ""}
            @input=${this.#onInput}
          />
        </div>
        <select aria-label=${l10n.t("Filter by status")} .value=${query.status ?? ""} @change=${this.#onFilter}>
          <option value="">${l10n.t("All")}</option>
          ${finalStatuses.map(
            (status) =>
              html`<option value=${status} ?selected=${query.status === status}>${statusWord(status)}</option>`,
          )}
        </select>
        ${iconButton("folder-opened", l10n.t("Open a run"), () => this.#openRun())}
        ${ifOffered(
          this.act,
          "clearHistory",
          iconButton("trash", l10n.t("Clear the history"), () => this.#clear()),
        )}
      </div>
      <div class="list">${this.rows.length === 0 ? this.#empty(query) : this.#list()}</div>
      <span class="hidden" role="status">${this.isLoading ? "" : entryWords(this.rows.length)}</span>`;
  }

  get scrollPosition(): number {
    return this.renderRoot.querySelector("kiro-list")?.scrollPosition ?? this.startAt;
  }

  override updated(): void {
    const list = this.renderRoot.querySelector("kiro-list");
    if (list === null || this.#isPlaced) return;
    this.#isPlaced = true;
    list.scrollPosition = this.startAt;
  }

  #list(): TemplateResult {
    return html`<kiro-list
      .items=${this.rows}
      .labels=${this.labels}
      .selected=${this.selected}
      @open=${this.#onOpen}
      @more=${() => void this.history?.more()}
    ></kiro-list>`;
  }

  #empty(query: HistoryQuery): TemplateResult | typeof nothing {
    if (this.isLoading) return nothing;
    const { error } = this.history ?? {};
    if (this.isOn && error !== undefined) {
      return emptyState("warning", l10n.t("The history could not be read"), error, [
        html`<vscode-button secondary @click=${() => void this.history?.ask()}>${l10n.t("Try Again")}</vscode-button>`,
      ]);
    }
    if (query.search !== undefined || query.status !== undefined) {
      return emptyState("search", l10n.t("No matches"), l10n.t("No runs match this search and filter."), [
        html`<vscode-button secondary @click=${() => this.#ask({ search: "", status: "" })}>${l10n.t("Show All")}</vscode-button>`,
      ]);
    }
    if (this.isOn && query.windowId !== undefined) {
      const showAll = (): boolean => this.dispatchEvent(new Event("allwindows"));
      return emptyState(
        "history",
        l10n.t("No history of this window yet"),
        l10n.t("Its runs are listed here when they have ended."),
        [html`<vscode-button secondary @click=${showAll}>${l10n.t("Show All Windows")}</vscode-button>`],
      );
    }
    if (!this.isOn) return emptyState("history", l10n.t("No history"), l10n.t("Start the bridge to see its history."));
    return emptyState("history", l10n.t("No history yet"), l10n.t("Runs are listed here when they have ended."), [
      html`<vscode-button secondary @click=${() => this.act("copyCurl")}>${l10n.t("Copy as curl")}</vscode-button>`,
    ]);
  }

  readonly #onInput = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const search = event.target.value.trim().slice(0, 200);
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#ask({ search }), TYPING_MS);
  };

  readonly #onFilter = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement) this.#ask({ status: event.target.value });
  };

  #ask(change: { search?: string; status?: string }): void {
    const { windowId } = this.query;
    const { search = "", status = "" } = { ...this.query, ...change };
    const known = executionStatusSchema.safeParse(status);
    void this.history?.ask({
      ...(search !== "" && { search }),
      ...(known.success && { status: known.data }),
      ...(windowId !== undefined && { windowId }),
    });
  }

  readonly #onOpen = (event: CustomEvent<string>): void => {
    this.dispatchEvent(new CustomEvent("open", { detail: event.detail }));
  };

  async #openRun(): Promise<void> {
    const answer = await this.act("openRun");
    if (answer?.detail !== undefined) this.dispatchEvent(new CustomEvent("imported", { detail: answer.detail }));
  }

  async #clear(): Promise<void> {
    const answer = await this.act("clearHistory");
    if (answer?.isCleared === true) await this.history?.ask();
  }
}

function entryWords(entries: number): string {
  return plural(entries, l10n.t("{0} entry", count(entries)), l10n.t("{0} entries", count(entries)));
}

customElements.define("kiro-history", HistorySection);

declare global {
  interface HTMLElementTagNameMap {
    "kiro-history": HistorySection;
  }
}
