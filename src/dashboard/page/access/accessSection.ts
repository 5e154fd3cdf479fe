import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { PrincipalKind } from "../../../protocol/access.ts";
import type { AccessClientView, AccessView } from "../../contract/access.ts";
import { permissionWords } from "../../contract/scopeWords.ts";
import { type Act, noAct } from "../act.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { plural } from "../l10n/language.ts";
import { ago, count, duration } from "../look/format.ts";
import { icon, iconButton, type IconName } from "../look/icons.ts";
import { shared } from "../look/styles.ts";
import { permissionList, permissionStyles } from "./permissionList.ts";

const ICONS: Readonly<Record<PrincipalKind, IconName>> = {
  owner: "key",
  client: "globe",
  plugin: "tools",
  window: "link-external",
  service: "gear",
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
      return emptyState("shield", l10n.t("No access"), l10n.t("Programs can be let in while the bridge is on."));
    return html`${access.problem === undefined ? nothing : html`<p class="card problem">${access.problem}</p>`}
      ${access.clients.length === 0 ? this.#nobody(access) : this.#list(access.clients)}
      <div class="create">${this.isCreating ? this.#form() : access.clients.length > 0 ? this.#createButton() : nothing}</div>
      <kiro-audit .act=${this.act}></kiro-audit>`;
  }

  #list(clients: readonly AccessClientView[]): TemplateResult {
    return html`<ul class="card" aria-label=${l10n.t("Programs with access")}>
      ${repeat(clients, ({ id }) => id, this.#client)}
    </ul>`;
  }

  readonly #client = (client: AccessClientView): TemplateResult => {
    const { id, name, kind, scopes, commands, grantedBy } = client;
    const permissions = permissionWords(scopes, commands);
    const risky = permissions.filter(({ isRisky }) => isRisky).length;
    return html`<li class="client">
      <div class="row">
        ${icon(ICONS[kind], "dim")}
        <div class="grow">
          <p class="cut" title=${name}>${name}</p>
          <p class="dim small" title=${l10n.t("Let in by {0}", grantedBy)}>${[kindWord(kind), ...stateWords(client, this.now)].join(" · ")}</p>
        </div>
        ${iconButton("trash", l10n.t("Revoke the access of {0}", name), () => this.act("revokeAccess", { clientId: id }))}
      </div>
      <details class="small">
        <summary>
          ${plural(
            permissions.length,
            l10n.t("{0} permission", count(permissions.length)),
            l10n.t("{0} permissions", count(permissions.length)),
          )}${risky === 0 ? "" : html` · <span class="warn">${l10n.t("{0} risky", count(risky))}</span>`}
        </summary>
        ${permissionList(permissions)}
      </details>
    </li>`;
  };

  #nobody({ problem }: AccessView): TemplateResult | typeof nothing {
    if (problem !== undefined || this.isCreating) return nothing;
    const text = l10n.t("Programs that you let in are listed here, with what each may do.");
    return emptyState("shield", l10n.t("No programs were let in"), text, [this.#createButton()]);
  }

  #createButton(): TemplateResult {
    return html`<vscode-button secondary @click=${() => (this.isCreating = true)}>${l10n.t("Create Token…")}</vscode-button>`;
  }

  #form(): TemplateResult {
    return html`<kiro-token-form .act=${this.act} @done=${() => (this.isCreating = false)}></kiro-token-form>`;
  }
}

function stateWords({ connections, lastUsedAt, expiresAt }: AccessClientView, now: number): string[] {
  return [
    ...(connections === 0 ? [] : [connectionWords(connections)]),
    lastUsedAt === undefined ? l10n.t("not used yet") : l10n.t("used {0}", ago(lastUsedAt, now)),
    expiresAt === undefined ? l10n.t("does not expire") : expiryWords(Date.parse(expiresAt) - now),
  ];
}

function kindWord(kind: PrincipalKind): string {
  switch (kind) {
    case "owner":
      return l10n.t("Owner");
    case "client":
      return l10n.t("Program");
    case "plugin":
      return l10n.t("Plugin");
    case "window":
      return l10n.t("Window");
    case "service":
      return l10n.t("Service account");
  }
}

function connectionWords(connections: number): string {
  return plural(
    connections,
    l10n.t("{0} connection", count(connections)),
    l10n.t("{0} connections", count(connections)),
  );
}

function expiryWords(leftMs: number): string {
  if (leftMs <= 0) return l10n.t("expired");
  if (leftMs < 2 * DAY_MS) return l10n.t("expires in {0}", duration(leftMs));
  return l10n.t("expires in {0} days", count(Math.floor(leftMs / DAY_MS)));
}

customElements.define("kiro-access", AccessSection);
