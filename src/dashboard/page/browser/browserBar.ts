import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { type Role, roles } from "../../../protocol/access.ts";
import { permissionWords } from "../../contract/scopeWords.ts";
import type { DashboardClient } from "../../state/dashboardClient.ts";
import { withNodes } from "../l10n/language.ts";
import { duration } from "../look/format.ts";
import { icon } from "../look/icons.ts";
import { shared } from "../look/styles.ts";
import type { BrowserSession, SessionState } from "./browserSession.ts";
import { missingWords } from "./missingWords.ts";

/** The time for which a message is shown, in milliseconds. */
const SHOWN_MS = 4000;
const TICK_MS = 1000;

/** The bundles of permissions that the page offers, the least first. */
const OFFERED = ["viewer", "operator", "owner"] as const satisfies readonly Role[];

function titleOf(role: (typeof OFFERED)[number]): string {
  switch (role) {
    case "viewer":
      return l10n.t("See what runs");
    case "operator":
      return l10n.t("See, run, cancel and answer");
    case "owner":
      return l10n.t("Everything, and decide who has access");
  }
}

/** The part of the page that a browser needs: how to get access, the connection, and what is missing here. */
export class BrowserBar extends LitElement {
  static override properties = {
    session: { attribute: false },
    client: { attribute: false },
    role: { state: true },
    keep: { state: true },
    now: { state: true },
    said: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host {
        flex: none;
        padding: 8px 10px 0;
      }
      .card {
        max-width: 560px;
        margin: 24px auto;
        padding: 16px;
      }
      h1 {
        margin: 0 0 8px;
        font-size: 1.3em;
        font-weight: 600;
      }
      p,
      fieldset {
        margin: 8px 0;
      }
      fieldset {
        padding: 0;
        border: 0;
      }
      label {
        display: flex;
        gap: 6px;
        align-items: baseline;
        margin: 6px 0;
      }
      .code {
        font: 600 24px/1.4 var(--vscode-editor-font-family, monospace);
        letter-spacing: 0.08em;
        user-select: all;
      }
      code {
        font-family: var(--vscode-editor-font-family, monospace);
        background: var(--kiro-code);
      }
      .alert {
        padding: 4px 8px;
        border: 1px solid var(--vscode-inputValidation-errorBorder, var(--kiro-bad));
        border-radius: 4px;
        background: var(--vscode-inputValidation-errorBackground, transparent);
        overflow-wrap: anywhere;
      }
      button {
        padding: 3px 10px;
        border: 1px solid var(--vscode-button-border, var(--kiro-line));
        border-radius: 4px;
        background: var(--vscode-button-secondaryBackground);
        color: var(--vscode-button-secondaryForeground, var(--vscode-foreground));
        font: inherit;
        cursor: pointer;
      }
      button.primary {
        background: var(--vscode-button-background);
        color: var(--vscode-button-foreground);
      }
      button:hover {
        background: var(--vscode-button-secondaryHoverBackground);
      }
      button.primary:hover {
        background: var(--vscode-button-hoverBackground, var(--vscode-button-background));
      }
      button:disabled {
        opacity: 0.6;
        cursor: default;
      }
      summary {
        cursor: pointer;
      }
      details ul {
        margin: 4px 0 4px 16px;
        list-style: disc;
      }
    `,
  ];
  declare session: BrowserSession | undefined;
  declare client: DashboardClient | undefined;
  declare role: (typeof OFFERED)[number];
  declare keep: boolean;
  declare now: number;
  /** The last message. */
  declare said: string;
  #tick: ReturnType<typeof setInterval> | undefined;
  #shown: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.session = undefined;
    this.client = undefined;
    this.role = "operator";
    this.keep = false;
    this.now = Date.now();
    this.said = "";
  }

  /** Shows the state of a session. */
  follow(session: BrowserSession): void {
    this.session = session;
    session.onDidChange(() => this.requestUpdate());
  }

  /** Shows what is missing in the dashboard of a client. */
  followClient(client: DashboardClient): void {
    this.client = client;
    let known = client.state?.withheld;
    client.onDidChange(() => {
      if (client.state?.withheld === known) return;
      known = client.state?.withheld;
      this.requestUpdate();
    });
  }

  /** Shows a message for a short time. */
  readonly say = (text: string): void => {
    this.said = text;
    clearTimeout(this.#shown);
    this.#shown = setTimeout(() => (this.said = ""), SHOWN_MS);
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#tick = setInterval(() => (this.now = Date.now()), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#tick);
  }

  override render(): TemplateResult | typeof nothing {
    const { session } = this;
    if (session === undefined) return nothing;
    return html`${this.#content(session, session.state)}<p class="small" role="status">${this.said}</p>`;
  }

  #content(session: BrowserSession, state: SessionState): TemplateResult {
    switch (state.kind) {
      case "connecting":
        return html`<p class="dim" role="status">${l10n.t("Connecting…")}</p>`;
      case "connected":
        return this.#connected(session, state.name);
      case "lost":
        return this.#lost(session, state.reason, state.retryAt);
      case "stopped":
        return html`<div class="row alert" role="alert">
          ${icon("error", "bad")}<span class="grow">${state.reason}</span>
          <button type="button" @click=${() => session.connect()}>${l10n.t("Try Again")}</button>
        </div>`;
      case "unpaired":
        return this.#form(session, state.reason, false);
      case "asking":
        return this.#form(session, undefined, true);
      case "waiting":
        return this.#waiting(session, state.pairing);
    }
  }

  #connected(session: BrowserSession, name: string | undefined): TemplateResult {
    const missing = missingWords(this.client?.state?.withheld);
    const forget = (): void => session.forget();
    return html`<div class="row small">
      ${icon("globe", "dim")}
      <span class="grow">${name ?? l10n.t("No access is needed: this bridge requires no token.")}</span>
      ${name === undefined ? nothing : html`<button type="button" @click=${forget}>${l10n.t("Forget This Browser")}</button>`}
    </div>
    ${
      missing.length === 0
        ? nothing
        : html`<details class="small">
            <summary>${l10n.t("What is missing")}</summary>
            <ul>${missing.map((text) => html`<li>${text}</li>`)}</ul>
          </details>`
    }`;
  }

  #lost(session: BrowserSession, reason: string, retryAt: number): TemplateResult {
    const left = Math.max(0, Math.ceil((retryAt - this.now) / 1000));
    return html`<div class="row alert" role="alert">
      ${icon("debug-disconnect", "bad")}
      <span class="grow"><b>${l10n.t("Connection lost.")}</b> ${reason} ${l10n.t("The page shows what it knew, and reconnects.")}</span>
      <span class="number dim" aria-hidden="true">${left > 0 ? duration(left * 1000) : ""}</span>
      <button type="button" @click=${() => session.connect()}>${l10n.t("Reconnect Now")}</button>
    </div>`;
  }

  #form(session: BrowserSession, reason: string | undefined, isBusy: boolean): TemplateResult {
    const submit = (event: Event): void => {
      event.preventDefault();
      void session.ask(this.role, this.keep);
    };
    const onKeep = ({ target }: Event): void => {
      if (target instanceof HTMLInputElement) this.keep = target.checked;
    };
    return html`<form class="card" aria-labelledby="title" @submit=${submit}>
      <h1 id="title">${l10n.t("Dashboard of Kiro Bridge")}</h1>
      ${reason === undefined ? nothing : html`<p class="alert" role="alert">${reason}</p>`}
      <p>${l10n.t("This page needs access to the bridge, as every program does.")}</p>
      <fieldset>
        <legend>${l10n.t("What it may do")}</legend>
        ${OFFERED.map((role) => this.#choice(role))}
      </fieldset>
      <label><input type="checkbox" name="keep" .checked=${this.keep} @change=${onKeep} />
        <span>${l10n.t("Keep the access for all tabs of this browser")}
          <span class="dim small">${l10n.t("(also after they were closed; not on a computer that others use)")}</span></span></label>
      <button class="primary" type="submit" ?disabled=${isBusy}>${l10n.t("Ask for Access")}</button>
    </form>`;
  }

  #choice(role: (typeof OFFERED)[number]): TemplateResult {
    const words = permissionWords(roles[role], undefined).map(({ text }) => text);
    return html`<label>
      <input type="radio" name="role" value=${role} .checked=${this.role === role} @change=${() => (this.role = role)} />
      <span title=${words.join("\n")}>${titleOf(role)}</span>
    </label>`;
  }

  #waiting(
    session: BrowserSession,
    { code, expiresAt }: { readonly code: string; readonly expiresAt: string },
  ): TemplateResult {
    const left = Math.max(0, Math.ceil((Date.parse(expiresAt) - this.now) / 1000));
    const remaining = html`<span class="number">${duration(left * 1000)}</span>`;
    const text = l10n.t(
      "Allow the request that shows this code: in the {tab} tab of the editor's dashboard, or in a terminal with {command}.",
    );
    const nodes = {
      tab: html`<b>${l10n.t("Access")}</b>`,
      command: html`<code>kiro-bridge access approve ${code}</code>`,
    };
    return html`<section class="card" aria-labelledby="title">
      <h1 id="title">${l10n.t("Waiting for your decision")}</h1>
      <p class="code" role="status" aria-label=${l10n.t("Code {0}", code)}>${code}</p>
      <p>${withNodes(text, nodes)}</p>
      <p class="dim small">${withNodes(l10n.t("Denied automatically in {left}"), { left: remaining })}</p>
      <button type="button" @click=${() => session.cancel()}>${l10n.t("Cancel")}</button>
    </section>`;
  }
}

customElements.define("kiro-browser-bar", BrowserBar);
