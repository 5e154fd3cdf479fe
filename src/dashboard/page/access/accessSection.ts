import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { PrincipalKind } from "../../../protocol/access.ts";
import type { AccessClientView, AccessView } from "../../contract/access.ts";
import { permissionWords } from "../../contract/scopeWords.ts";
import { type Act, noAct } from "../act.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { ago, duration, plural } from "../look/format.ts";
import { icon, iconButton, type IconName } from "../look/icons.ts";
import { shared } from "../look/styles.ts";
import { permissionList, permissionStyles } from "./permissionList.ts";

const KINDS: Readonly<Record<PrincipalKind, readonly [IconName, string]>> = {
  owner: ["key", "Owner"],
  client: ["globe", "Program"],
  plugin: ["tools", "Plugin"],
  window: ["link-external", "Window"],
  service: ["gear", "Service account"],
};
const DAY_MS = 86_400_000;

/** The clients that were let in, with what each may do, and the form for new tokens. */
export class AccessSection extends LitElement {
  static override properties = {
    access: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    isCreating: { state: true },
  };
  static override styles = [
    shared,
    emptyStyles,
    permissionStyles,
    css`
      .card li.client {
        padding: 6px 8px 8px 10px;
      }
      .client + .client {
        border-top: 1px solid var(--kiro-line);
      }
      summary {
        cursor: pointer;
      }
      summary:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
      details {
        margin: 2px 0 0 22px;
      }
      .problem {
        margin-bottom: 8px;
        padding: 8px 10px;
        border-left: 3px solid var(--kiro-bad);
        overflow-wrap: anywhere;
      }
      .create {
        margin-top: 8px;
      }
    `,
  ];
  declare access: AccessView | undefined;
  declare act: Act;
  declare now: number;
  declare isCreating: boolean;

  constructor() {
    super();
    this.access = undefined;
    this.act = noAct;
    this.now = 0;
    this.isCreating = false;
  }

  override render(): TemplateResult {
    const { access } = this;
    if (access === undefined)
      return emptyState("shield", "No access", "Programs can be let in while the bridge is on.");
    return html`${access.problem === undefined ? nothing : html`<p class="card problem">${access.problem}</p>`}
      ${access.clients.length === 0 ? this.#nobody(access) : this.#list(access.clients)}
      <div class="create">${this.isCreating ? this.#form() : access.clients.length > 0 ? this.#createButton() : nothing}</div>
      <kiro-audit .act=${this.act}></kiro-audit>`;
  }

  #list(clients: readonly AccessClientView[]): TemplateResult {
    return html`<ul class="card" aria-label="Programs with access">
      ${repeat(clients, ({ id }) => id, this.#client)}
    </ul>`;
  }

  readonly #client = (client: AccessClientView): TemplateResult => {
    const { id, name, kind, scopes, commands, grantedBy } = client;
    const [iconName, word] = KINDS[kind];
    const permissions = permissionWords(scopes, commands);
    const risky = permissions.filter(({ isRisky }) => isRisky).length;
    return html`<li class="client">
      <div class="row">
        ${icon(iconName, "dim")}
        <div class="grow">
          <p class="cut" title=${name}>${name}</p>
          <p class="dim small" title="Let in by ${grantedBy}">${[word, ...stateWords(client, this.now)].join(" · ")}</p>
        </div>
        ${iconButton("trash", `Revoke the access of ${name}`, () => this.act("revokeAccess", { clientId: id }))}
      </div>
      <details class="small">
        <summary>
          ${plural(permissions.length, "permission")}${risky === 0 ? "" : html` · <span class="warn">${risky} risky</span>`}
        </summary>
        ${permissionList(permissions)}
      </details>
    </li>`;
  };

  #nobody({ problem }: AccessView): TemplateResult | typeof nothing {
    if (problem !== undefined || this.isCreating) return nothing;
    const text = "Programs that you let in are listed here, with what each may do.";
    return emptyState("shield", "No programs were let in", text, [this.#createButton()]);
  }

  #createButton(): TemplateResult {
    return html`<vscode-button secondary @click=${() => (this.isCreating = true)}>Create Token…</vscode-button>`;
  }

  #form(): TemplateResult {
    return html`<kiro-token-form .act=${this.act} @done=${() => (this.isCreating = false)}></kiro-token-form>`;
  }
}

function stateWords({ connections, lastUsedAt, expiresAt }: AccessClientView, now: number): string[] {
  return [
    ...(connections === 0 ? [] : [plural(connections, "connection")]),
    lastUsedAt === undefined ? "not used yet" : `used ${ago(lastUsedAt, now)}`,
    expiresAt === undefined ? "does not expire" : expiryWords(Date.parse(expiresAt) - now),
  ];
}

function expiryWords(leftMs: number): string {
  if (leftMs <= 0) return "expired";
  return `expires in ${leftMs < 2 * DAY_MS ? duration(leftMs) : plural(Math.floor(leftMs / DAY_MS), "day")}`;
}

customElements.define("kiro-access", AccessSection);
