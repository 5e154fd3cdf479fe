import * as l10n from "@vscode/l10n";
import { css, html, LitElement, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ClientRecord } from "../../protocol/clients.ts";
import { type Act, ifOffered, noAct } from "./act.ts";
import { emptyState, emptyStyles } from "./look/emptyState.ts";
import { plural } from "./l10n/language.ts";
import { ago, count } from "./look/format.ts";
import { icon, iconButton, type IconName } from "./look/icons.ts";
import { shared } from "./look/styles.ts";

const ICONS: Readonly<Record<ClientRecord["kind"], IconName>> = {
  websocket: "debug-disconnect",
  sse: "radio-tower",
  terminal: "terminal",
  http: "globe",
};

/** The list of current and recent clients. */
export class ClientsSection extends LitElement {
  static override properties = {
    clients: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    isOn: { type: Boolean },
  };
  static override styles = [
    shared,
    emptyStyles,
    css`
      li {
        padding: 6px 8px 6px 10px;
      }
      li + li {
        border-top: 1px solid var(--kiro-line);
      }
    `,
  ];
  declare clients: readonly ClientRecord[];
  declare act: Act;
  declare now: number;
  declare isOn: boolean;

  constructor() {
    super();
    this.clients = [];
    this.act = noAct;
    this.now = 0;
    this.isOn = false;
  }

  override render(): TemplateResult {
    if (this.clients.length === 0 || !this.isOn) return this.#nobody();
    return html`<ul class="card" aria-label=${l10n.t("Connected programs")}>
      ${repeat(this.clients, ({ id }) => id, this.#client)}
    </ul>`;
  }

  readonly #client = (client: ClientRecord): TemplateResult => {
    const words = [
      kindWord(client.kind),
      ago(client.lastSeenAt, this.now),
      ...(client.eventsSent > 0 ? [eventWords(client.eventsSent)] : []),
    ];
    return html`<li class="row">
      ${icon(ICONS[client.kind], "dim")}
      <div class="grow">
        <p class="cut" title=${client.name}>${client.name}</p>
        <p class="cut dim small">
          ${words.join(" · ")}${
            client.eventsDropped > 0
              ? html` · <span class="warn">${l10n.t("{0} missed", count(client.eventsDropped))}</span>`
              : ""
          }
        </p>
      </div>
      ${
        client.kind === "http"
          ? ""
          : ifOffered(
              this.act,
              "disconnect",
              iconButton("close", l10n.t("Disconnect {0}", client.name), () =>
                this.act("disconnect", { clientId: client.id }),
              ),
            )
      }
    </li>`;
  };

  #nobody(): TemplateResult {
    const copyToken = html`<vscode-button secondary @click=${() => this.act("copyToken")}>${l10n.t("Copy Token")}</vscode-button>`;
    if (!this.isOn)
      return emptyState(
        "debug-disconnect",
        l10n.t("No programs"),
        l10n.t("Programs cannot connect while the bridge is off."),
      );
    return emptyState(
      "debug-disconnect",
      l10n.t("No programs connected"),
      l10n.t("Programs that subscribe to events are listed here."),
      [
        html`<vscode-button secondary @click=${() => this.act("copyAddress")}>${l10n.t("Copy Address")}</vscode-button>`,
        ifOffered(this.act, "copyToken", copyToken),
      ],
    );
  }
}

function kindWord(kind: ClientRecord["kind"]): string {
  switch (kind) {
    case "websocket":
      return "WebSocket";
    case "sse":
      return l10n.t("Event stream");
    case "terminal":
      return l10n.t("Terminal");
    case "http":
      return "HTTP";
  }
}

function eventWords(events: number): string {
  return plural(events, l10n.t("{0} event", count(events)), l10n.t("{0} events", count(events)));
}

customElements.define("kiro-clients", ClientsSection);
