import * as l10n from "@vscode/l10n";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { DashboardClient } from "../state/dashboardClient.ts";
import type { ExecutionDetail } from "../contract/dashboard.ts";
import { ALL, otherLabels, type WindowChoice } from "../state/windowChoice.ts";
import { type Act, createAct } from "./act.ts";
import { announce } from "./announcements.ts";
import type { LoadParser } from "./detail/outputBox.ts";
import { dashboardStyles } from "./look/dashboardStyles.ts";
import { queuePlace } from "./look/format.ts";
import { errorMessage, lostConnection } from "./pageMessages.ts";
import { loadWords } from "./now/nowSection.ts";
import { shared } from "./look/styles.ts";
import type { Tab, Whereabouts } from "./savedPage.ts";
import * as sections from "./sections.ts";
import { tabBar } from "./tabBar.ts";
import { windowFilter } from "./windows/windowFilter.ts";

/**
 * Widths in pixels: from the first, all sections are visible at once; from the second, details are shown next to the
 * list.
 */
const WIDE_PX = 820;
const VERY_WIDE_PX = 1040;
const TICK_MS = 1000;

/** The whole page: tabs in narrow places, two columns in wide ones. */
export class Dashboard extends LitElement {
  static override properties = {
    client: { attribute: false },
    place: { reflect: true },
    loadParser: { attribute: false },
    tab: { state: true },
    selected: { state: true },
    imported: { state: true },
    message: { state: true },
    isSlow: { state: true },
    width: { state: true },
    now: { state: true },
    announcement: { state: true },
  };
  static override styles = [shared, dashboardStyles];
  declare client: DashboardClient | undefined;
  declare place: string;
  declare loadParser: LoadParser | undefined;
  declare tab: Tab;
  declare selected: string;
  declare imported: ExecutionDetail | undefined;
  declare message: string;
  declare isSlow: boolean;
  declare width: number;
  declare now: number;
  /** The last announcement for screen readers. */
  declare announcement: string;
  #scroll = 0;
  #frame = 0;
  #tick: ReturnType<typeof setInterval> | undefined;
  readonly #resizing = new ResizeObserver(() => (this.width = this.clientWidth));

  constructor() {
    super();
    this.client = undefined;
    this.place = "view";
    this.loadParser = undefined;
    this.addEventListener("copytext", (event) => {
      if (event instanceof CustomEvent) void this.act("copyText", { text: String(event.detail) });
    });
    this.tab = "now";
    this.selected = "";
    this.imported = undefined;
    this.message = "";
    this.isSlow = false;
    this.width = 0;
    this.now = Date.now();
    this.announcement = "";
  }

  /** Renders the data of this client. Changes within a frame are rendered once. */
  follow(client: DashboardClient): void {
    this.client = client;
    client.onDidChange(() => (this.#frame ||= requestAnimationFrame(() => this.#draw())));
    client.onDidShow((detail) => this.#import(detail));
    announce(client, (text) => (this.announcement = text));
    client.onDidShowAccess(() => this.#showAccess());
  }

  /** The location of the user in the page. */
  get whereabouts(): Whereabouts {
    const scroll = this.renderRoot.querySelector("kiro-history")?.scrollPosition ?? this.#scroll;
    return { tab: this.tab, selected: this.selected, scroll, window: this.client?.choice ?? ALL };
  }

  restore({ tab, selected, scroll }: Whereabouts): void {
    this.tab = tab;
    this.selected = selected;
    this.#scroll = scroll;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizing.observe(this);
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizing.disconnect();
    clearInterval(this.#tick);
  }

  /** Reports the location after each update, because the editor destroys a hidden page without notice. */
  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("tab") || changed.has("selected")) this.dispatchEvent(new Event("moved"));
  }

  override render(): TemplateResult | typeof nothing {
    if (this.client === undefined || this.width === 0) return nothing;
    const isLost = !this.client.isConnected;
    return html`${this.isSlow ? html`<div class="progress" role="progressbar" aria-label=${l10n.t("Working")}></div>` : nothing}
      ${isLost && this.place !== "browser" ? lostConnection(this.client.connectedAt) : errorMessage(this.message, () => (this.message = ""))}
      <div class="page" ?inert=${isLost}>
        ${this.width >= WIDE_PX ? this.#wide(this.client) : this.#narrow(this.client)}
      </div>
      <span class="hidden" role="status" aria-live="polite">${this.announcement}</span>`;
  }

  #narrow(client: DashboardClient): TemplateResult {
    const isFixed = this.tab === "history";
    return html`${sections.header(client, this)} ${this.#filter(client)}
      ${tabBar({
        selected: this.tab,
        counts: sections.tabCounts(client),
        onSelect: (tab) => (this.tab = tab),
      })}
      <main class="panel ${isFixed ? "fixed" : ""}" id="panel" role="tabpanel" aria-labelledby="tab-${this.tab}">
        ${this.#panel(client)}
      </main>`;
  }

  #panel(client: DashboardClient): TemplateResult {
    switch (this.tab) {
      case "now":
        return this.#now(client);
      case "history":
        return this.#hasDetail ? this.#detail(client) : this.#history(client);
      case "activity":
        return sections.charts(client);
      case "models":
        return sections.models(client, this);
      case "plugins":
        return sections.plugins(client, this);
      case "exports":
        return sections.exports(client, this);
      case "clients":
        return html`${sections.clients(client, this)}${this.#conversations(client)}`;
      case "access":
        return html`${sections.requests(client, this)}${sections.access(client, this)}`;
    }
  }

  #wide(client: DashboardClient): TemplateResult {
    const isSplit = this.#hasDetail && this.width >= VERY_WIDE_PX;
    const list = this.#hasDetail && !isSplit ? this.#detail(client) : this.#history(client);
    return html`<main class="wide">
      <div class="column">
        ${sections.header(client, this)} ${this.#filter(client)}
        <div class="asking">${sections.requests(client, this)}</div>
        <h2>${l10n.t("Now")} <span class="dim small">${loadWords(client.active)}</span></h2>
        ${this.#now(client)}
        ${sections.wideExtras(client, this)}
        <h2>${l10n.t("Clients")}</h2>
        ${sections.clients(client, this)} ${this.#conversations(client)}
        <h2 id="access">${l10n.t("Access")}</h2>
        ${sections.access(client, this)}
      </div>
      <div class="column right">
        <h2>${l10n.t("Activity")} <span class="dim small">${l10n.t("last 10 minutes")}</span></h2>
        ${sections.charts(client)}
        <h2>${l10n.t("History")}</h2>
        <div class="split ${isSplit ? "two" : ""}">${list} ${isSplit ? this.#detail(client) : nothing}</div>
      </div>
    </main>`;
  }

  #filter(client: DashboardClient): TemplateResult | typeof nothing {
    const onChoose = (choice: WindowChoice): void => {
      client.choose(choice);
      this.dispatchEvent(new Event("moved"));
    };
    return windowFilter({ state: client.state, choice: client.choice, onChoose });
  }

  #now(client: DashboardClient): TemplateResult {
    const { active, state, windowId = "" } = client;
    return html`<kiro-now
      .rows=${active}
      .windowId=${windowId}
      .labels=${otherLabels(state)}
      @allwindows=${() => client.choose(ALL)}
      .loadParser=${this.loadParser}
      .state=${state}
      .act=${this.act}
      .now=${this.now}
      @open=${(event: CustomEvent<string>) => this.#select(event.detail)}
    ></kiro-now>`;
  }

  #conversations(client: DashboardClient): TemplateResult {
    return sections.conversations(client, { now: this.now, onOpen: (id) => this.#select(id) });
  }

  #history(client: DashboardClient): TemplateResult {
    const { history, state } = client;
    return html`<kiro-history
      .labels=${otherLabels(state)}
      @allwindows=${() => client.choose(ALL)}
      .history=${history}
      .rows=${history.rows}
      .query=${history.query}
      ?isLoading=${history.isLoading}
      ?isOn=${state?.server.kind === "on"}
      .selected=${this.selected}
      .startAt=${this.#scroll}
      .act=${this.act}
      @open=${(event: CustomEvent<string>) => this.#select(event.detail)}
      @imported=${(event: CustomEvent<ExecutionDetail>) => this.#import(event.detail)}
    ></kiro-history>`;
  }

  #detail({ live, history, state }: DashboardClient): TemplateResult {
    const id = this.imported?.row.id ?? this.selected;
    const row = live.get(id);
    const version = row === undefined ? `ended ${history.rows.length > 0}` : row.status;
    return html`<kiro-detail
      .executionId=${id}
      .imported=${this.imported}
      .version=${version}
      .labels=${otherLabels(state)}
      .loadParser=${this.loadParser}
      .queued=${row?.status === "queued" ? queuePlace(row.position) : ""}
      .act=${this.act}
      @back=${() => this.#select("")}
      @open=${(event: CustomEvent<string>) => this.#select(event.detail)}
    ></kiro-detail>`;
  }

  get #hasDetail(): boolean {
    return this.selected !== "" || this.imported !== undefined;
  }

  #select(id: string): void {
    this.#scroll = this.whereabouts.scroll;
    this.imported = undefined;
    this.selected = id;
    if (id !== "") this.tab = "history";
  }

  /** Selects the tab, or scrolls to the section if all are visible. */
  #showAccess(): void {
    this.tab = "access";
    void this.updateComplete.then(() => this.renderRoot.querySelector("#access")?.scrollIntoView());
  }

  #import(detail: ExecutionDetail): void {
    this.#select("");
    this.imported = detail;
    this.tab = "history";
  }

  readonly act: Act = createAct(this);

  #draw(): void {
    this.#frame = 0;
    this.requestUpdate();
  }

  #onTick(): void {
    if (document.visibilityState === "visible" && this.client?.isConnected !== false) this.now = Date.now();
  }
}

customElements.define("kiro-dashboard", Dashboard);
