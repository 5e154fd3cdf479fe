import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AccessView, PairingDecision, PairingView } from "../../contract/access.ts";
import { permissionWords } from "../../contract/scopeWords.ts";
import { type Act, noAct } from "../act.ts";
import { withNodes } from "../l10n/language.ts";
import { duration } from "../look/format.ts";
import { icon } from "../look/icons.ts";
import { shared } from "../look/styles.ts";
import { permissionList, permissionStyles } from "./permissionList.ts";

/** Time in milliseconds during which a new card ignores clicks, which were meant for what was in its place. */
const SETTLE_MS = 600;

/** A program that asks to be let in: what it would be able to do, and the user's decision. */
export class PairingCard extends LitElement {
  static override properties = {
    request: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    isReady: { state: true },
  };
  static override styles = [
    shared,
    permissionStyles,
    css`
      :host {
        margin-bottom: 8px;
      }
      article {
        padding: 8px 8px 10px 10px;
        border-left: 3px solid var(--kiro-warn);
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .code {
        margin: 6px 0;
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 1.25em;
        font-weight: 600;
        letter-spacing: 0.06em;
        user-select: text;
      }
      .reason {
        margin: 6px 0;
        padding-left: 8px;
        border-left: 2px solid var(--kiro-line);
        overflow-wrap: anywhere;
      }
      .buttons {
        margin-top: 10px;
      }
      .end {
        margin-top: 8px;
      }
    `,
  ];
  declare request: PairingView | undefined;
  declare act: Act;
  declare now: number;
  declare isReady: boolean;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.request = undefined;
    this.act = noAct;
    this.now = 0;
    this.isReady = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#settling = setTimeout(() => (this.isReady = true), SETTLE_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settling);
    this.isReady = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { request } = this;
    if (request === undefined) return nothing;
    const { name, program, code, scopes, commands, reason, expiresAt } = request;
    const leftMs = Math.max(0, Date.parse(expiresAt) - this.now);
    const title = l10n.t("{0} asks for access", name);
    const left = html`<span class="number">${duration(Math.ceil(leftMs / 1000) * 1000)}</span>`;
    return html`<article class="card" aria-label=${title}>
      <div class="row">${icon("key", "warn")}<p class="name grow">${title}</p></div>
      ${program === undefined ? nothing : html`<p class="cut dim small" title=${program}>${program}</p>`}
      <p class="code" aria-label=${l10n.t("Code {0}", code)}>${code}</p>
      ${reason === undefined ? nothing : html`<p class="reason">${reason}</p>`}
      <p class="dim small">${l10n.t("Allow it only if the program shows the same code. It would be able to:")}</p>
      ${permissionList(permissionWords(scopes, commands))}
      <div class="buttons">
        ${this.#button(request, "allow", l10n.t("Allow"))} ${this.#button(request, "allow-hour", l10n.t("Allow for 1 Hour"))}
        ${this.#button(request, "deny", l10n.t("Deny"))}
      </div>
      <p class="end dim small">${withNodes(l10n.t("Denied automatically in {left}"), { left })}</p>
    </article>`;
  }

  #button({ id, name }: PairingView, decision: PairingDecision, label: string): TemplateResult {
    return html`<vscode-button
      ?secondary=${decision !== "deny"}
      ?disabled=${!this.isReady}
      aria-label="${label}: ${name}"
      @click=${({ detail: clicks }: MouseEvent) => clicks <= 1 && this.#decide(id, decision)}
      >${label}</vscode-button
    >`;
  }

  #decide(requestId: string, decision: PairingDecision): void {
    this.isReady = false;
    void this.act("decidePairing", { requestId, decision }).finally(() => (this.isReady = true));
  }
}

/** Renders a card for each pending request. */
export function pairingCards(access: AccessView | undefined, act: Act, now: number): TemplateResult | typeof nothing {
  const requests = access?.requests ?? [];
  if (requests.length === 0) return nothing;
  return html`<div class="requests" role="group" aria-label=${l10n.t("Requests for access")}>
    ${repeat(
      requests,
      ({ id }) => id,
      (request) => html`<kiro-pairing .request=${request} .act=${act} .now=${now}></kiro-pairing>`,
    )}
  </div>`;
}

customElements.define("kiro-pairing", PairingCard);
