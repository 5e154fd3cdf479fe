import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AuditEntryView, AuditVerificationView } from "../../contract/audit.ts";
import { type Act, ifOffered, noAct } from "../act.ts";
import { clock, dayAndClock } from "../look/format.ts";
import { icon } from "../look/icons.ts";
import { auditWords } from "./auditWords.ts";
import { verificationWords } from "./verificationWords.ts";
import { shared } from "../look/styles.ts";

const PAGE = 50;

/** The audit log, read when it is opened: newest entries first, with the result of a verification. */
export class AuditSection extends LitElement {
  static override properties = {
    act: { attribute: false },
    entries: { state: true },
    nextCursor: { state: true },
    verification: { state: true },
    isBusy: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        margin-top: 12px;
      }
      summary {
        cursor: pointer;
      }
      summary:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      .buttons {
        margin: 8px 0;
      }
      li {
        display: flex;
        gap: 6px;
        padding: 4px 8px;
        overflow-wrap: anywhere;
      }
      li + li {
        border-top: 1px solid var(--kiro-line);
      }
      time {
        flex: none;
      }
      .result {
        margin-bottom: 8px;
        padding: 6px 8px;
        overflow-wrap: anywhere;
      }
      .result.bad {
        border-left: 3px solid var(--kiro-bad);
      }
    `,
  ];
  declare act: Act;
  declare entries: readonly AuditEntryView[] | undefined;
  declare nextCursor: string | undefined;
  declare verification: AuditVerificationView | undefined;
  declare isBusy: boolean;

  constructor() {
    super();
    this.act = noAct;
    this.entries = undefined;
    this.nextCursor = undefined;
    this.verification = undefined;
    this.isBusy = false;
  }

  override render(): TemplateResult {
    return html`<details @toggle=${this.#onToggle}>
      <summary>${l10n.t("Audit log")}</summary>
      <div class="buttons">
        <vscode-button secondary ?disabled=${this.isBusy} @click=${this.#verify}>${l10n.t("Verify")}</vscode-button>
        <vscode-button secondary ?disabled=${this.isBusy} @click=${this.#reload}>${l10n.t("Refresh")}</vscode-button>
        ${ifOffered(this.act, "exportAudit", this.#exportButton())}
      </div>
      <div role="status">${this.#result()}</div>
      ${this.entries === undefined ? nothing : this.#list(this.entries)}
    </details>`;
  }

  #exportButton(): TemplateResult {
    return html`<vscode-button secondary @click=${() => this.act("exportAudit")}>${l10n.t("Export…")}</vscode-button>`;
  }

  #result(): TemplateResult | typeof nothing {
    if (this.verification === undefined) return nothing;
    const words = verificationWords(this.verification);
    return html`<p class="card result ${this.verification.isWhole ? "" : "bad"}">${words}</p>`;
  }

  #list(entries: readonly AuditEntryView[]): TemplateResult {
    if (entries.length === 0 && this.nextCursor === undefined)
      return html`<p class="dim small">${l10n.t("No entries yet.")}</p>`;
    return html`<ul class="card small" aria-label=${l10n.t("Audit log")}>
        ${repeat(entries, ({ id }) => id, entryItem)}
      </ul>
      ${this.nextCursor === undefined ? nothing : this.#more()}`;
  }

  #more(): TemplateResult {
    return html`<div class="buttons">
      <vscode-button secondary ?disabled=${this.isBusy} @click=${this.#loadMore}>${l10n.t("Show More")}</vscode-button>
    </div>`;
  }

  readonly #onToggle = (event: Event): void => {
    if (event.target instanceof HTMLDetailsElement && event.target.open && this.entries === undefined)
      void this.#reload();
  };

  readonly #reload = (): Promise<void> =>
    this.#busy(async () => {
      const page = await this.act("auditPage", { limit: PAGE });
      this.entries = page?.entries ?? this.entries;
      this.nextCursor = page?.nextCursor;
    });

  readonly #loadMore = (): Promise<void> =>
    this.#busy(async () => {
      const cursor = this.nextCursor;
      const page = cursor === undefined ? undefined : await this.act("auditPage", { limit: PAGE, cursor });
      if (page === undefined) return;
      this.entries = [...(this.entries ?? []), ...page.entries];
      this.nextCursor = page.nextCursor;
    });

  readonly #verify = (): Promise<void> =>
    this.#busy(async () => {
      this.verification = await this.act("verifyAudit");
    });

  async #busy(work: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    await work();
    this.isBusy = false;
  }
}

function entryItem(entry: AuditEntryView): TemplateResult {
  const { time, isNotable } = entry;
  return html`<li>
    ${icon(isNotable ? "warning" : "terminal", isNotable ? "warn" : "dim")}
    <span class="grow">${auditWords(entry)}</span>
    <time class="dim" datetime=${time} title=${dayAndClock(time)}>${clock(time)}</time>
  </li>`;
}

customElements.define("kiro-audit", AuditSection);
