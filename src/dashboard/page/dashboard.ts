import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { DashboardClient } from "../state/dashboardClient.ts";
import type { ExecutionDetail } from "../contract/dashboard.ts";
import { messageOf } from "../../protocol/errors.ts";
import { pairingCards } from "./access/pairingCard.ts";
import type { Act } from "./act.ts";
import type { LoadParser } from "./detail/outputBox.ts";
import { dashboardStyles } from "./look/dashboardStyles.ts";
import { queuePlace } from "./look/format.ts";
import { errorMessage, lostConnection } from "./pageMessages.ts";
import { loadWords } from "./now/nowSection.ts";
import { shared } from "./look/styles.ts";
import type { Tab, Whereabouts } from "./savedPage.ts";
import { tabBar } from "./tabBar.ts";

/**
 * Widths in pixels: from the first, all sections are visible at once; from the second, details are shown next to the
 * list.
 */
const WIDE_PX = 820;
const VERY_WIDE_PX = 1040;
/** Delay in milliseconds before progress is shown. */
const SLOW_MS = 300;
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
  #pending = 0;
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
    client.live.onDidEnd((row) => (this.announcement = `${row.status}: ${row.command}`));
    client.onDidAsk((row) => (this.announcement = `Kiro is asking: ${row.question?.prompt ?? ""}`));
    client.onDidAskForAccess(({ name, code }) => (this.announcement = `${name} asks for access, code ${code}`));
    client.onDidShowAccess(() => this.#showAccess());
  }

  /** The location of the user in the page. */
  get whereabouts(): Whereabouts {
    const scroll = this.renderRoot.querySelector("kiro-history")?.scrollPosition ?? this.#scroll;
    return { tab: this.tab, selected: this.selected, scroll };
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
    return html`${this.isSlow ? html`<div class="progress" role="progressbar" aria-label="Working"></div>` : nothing}
      ${isLost ? lostConnection(this.client.connectedAt) : errorMessage(this.message, () => (this.message = ""))}
      <div class="page" ?inert=${isLost}>
        ${this.width >= WIDE_PX ? this.#wide(this.client) : this.#narrow(this.client)}
      </div>
      <span class="hidden" role="status" aria-live="polite">${this.announcement}</span>`;
  }

  #narrow(client: DashboardClient): TemplateResult {
    const isFixed = this.tab === "history";
    return html`${this.#header(client)}
      ${tabBar({
        selected: this.tab,
        counts: {
          now: client.live.rows.length,
          clients: client.clients.length,
          access: client.access?.requests.length ?? 0,
        },
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
        return this.#charts(client);
      case "clients":
        return this.#clients(client);
      case "access":
        return html`${this.#requests(client)}${this.#access(client)}`;
    }
  }

  #wide(client: DashboardClient): TemplateResult {
    const isSplit = this.#hasDetail && this.width >= VERY_WIDE_PX;
    const list = this.#hasDetail && !isSplit ? this.#detail(client) : this.#history(client);
    return html`<main class="wide">
      <div class="column">
        ${this.#header(client)}
        <div class="asking">${this.#requests(client)}</div>
        <h2>Now <span class="dim small">${loadWords(client.live.rows)}</span></h2>
        ${this.#now(client)}
        <h2>Clients</h2>
        ${this.#clients(client)}
        <h2 id="access">Access</h2>
        ${this.#access(client)}
      </div>
      <div class="column right">
        <h2>Activity <span class="dim small">last 10 minutes</span></h2>
        ${this.#charts(client)}
        <h2>History</h2>
        <div class="split ${isSplit ? "two" : ""}">${list} ${isSplit ? this.#detail(client) : nothing}</div>
      </div>
    </main>`;
  }

  #header({ state }: DashboardClient): TemplateResult {
    return html`<kiro-header .state=${state} .act=${this.act}></kiro-header>`;
  }

  #now({ live, state }: DashboardClient): TemplateResult {
    return html`<kiro-now
      .rows=${live.rows}
      .loadParser=${this.loadParser}
      .state=${state}
      .act=${this.act}
      .now=${this.now}
      @open=${(event: CustomEvent<string>) => this.#select(event.detail)}
    ></kiro-now>`;
  }

  #history({ history, state }: DashboardClient): TemplateResult {
    return html`<kiro-history
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

  #detail({ live, history }: DashboardClient): TemplateResult {
    const id = this.imported?.row.id ?? this.selected;
    const row = live.get(id);
    const version = row === undefined ? `ended ${history.rows.length > 0}` : row.status;
    return html`<kiro-detail
      .executionId=${id}
      .imported=${this.imported}
      .version=${version}
      .loadParser=${this.loadParser}
      .queued=${row?.status === "queued" ? queuePlace(row.position) : ""}
      .act=${this.act}
      @back=${() => this.#select("")}
      @open=${(event: CustomEvent<string>) => this.#select(event.detail)}
    ></kiro-detail>`;
  }

  #charts({ metrics, state }: DashboardClient): TemplateResult {
    return html`<kiro-charts .metrics=${state?.server.kind === "on" ? metrics : undefined}></kiro-charts>`;
  }

  #clients({ clients, state }: DashboardClient): TemplateResult {
    return html`<kiro-clients
      .clients=${clients}
      .act=${this.act}
      .now=${this.now}
      ?isOn=${state?.server.kind === "on"}
    ></kiro-clients>`;
  }

  #requests({ access }: DashboardClient): TemplateResult | typeof nothing {
    return pairingCards(access, this.act, this.now);
  }

  #access({ access }: DashboardClient): TemplateResult {
    return html`<kiro-access .access=${access} .act=${this.act} .now=${this.now}></kiro-access>`;
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

  readonly act: Act = async (method, params) => {
    const slow = setTimeout(() => (this.isSlow = true), SLOW_MS);
    this.#pending++;
    try {
      const result = await this.client?.connection.call(method, params);
      this.message = "";
      return result;
    } catch (error) {
      this.message = messageOf(error);
      return undefined;
    } finally {
      clearTimeout(slow);
      this.isSlow = --this.#pending > 0 && this.isSlow;
    }
  };

  #draw(): void {
    this.#frame = 0;
    this.requestUpdate();
  }

  #onTick(): void {
    if (document.visibilityState === "visible" && this.client?.isConnected !== false) this.now = Date.now();
  }
}

customElements.define("kiro-dashboard", Dashboard);
