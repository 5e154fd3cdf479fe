import { css, html, LitElement, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ClientRecord } from "../../protocol/clients.ts";
import { type Act, ifOffered, noAct } from "./act.ts";
import { emptyState, emptyStyles } from "./look/emptyState.ts";
import { ago, count } from "./look/format.ts";
import { icon, iconButton, type IconName } from "./look/icons.ts";
import { shared } from "./look/styles.ts";

const KINDS: Readonly<Record<ClientRecord["kind"], readonly [IconName, string]>> = {
  websocket: ["debug-disconnect", "WebSocket"],
  sse: ["radio-tower", "Event stream"],
  terminal: ["terminal", "Terminal"],
  http: ["globe", "HTTP"],
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
    return html`<ul class="card" aria-label="Connected programs">
      ${repeat(this.clients, ({ id }) => id, this.#client)}
    </ul>`;
  }

  readonly #client = (client: ClientRecord): TemplateResult => {
    const [name, word] = KINDS[client.kind];
    const words = [
      word,
      ago(client.lastSeenAt, this.now),
      ...(client.eventsSent > 0 ? [`${count(client.eventsSent)} events`] : []),
    ];
    return html`<li class="row">
      ${icon(name, "dim")}
      <div class="grow">
        <p class="cut" title=${client.name}>${client.name}</p>
        <p class="cut dim small">
          ${words.join(" · ")}${
            client.eventsDropped > 0 ? html` · <span class="warn">${count(client.eventsDropped)} missed</span>` : ""
          }
        </p>
      </div>
      ${
        client.kind === "http"
          ? ""
          : ifOffered(
              this.act,
              "disconnect",
              iconButton("close", `Disconnect ${client.name}`, () => this.act("disconnect", { clientId: client.id })),
            )
      }
    </li>`;
  };

  #nobody(): TemplateResult {
    const copyToken = html`<vscode-button secondary @click=${() => this.act("copyToken")}>Copy Token</vscode-button>`;
    if (!this.isOn)
      return emptyState("debug-disconnect", "No programs", "Programs cannot connect while the bridge is off.");
    return emptyState(
      "debug-disconnect",
      "No programs connected",
      "Programs that subscribe to events are listed here.",
      [
        html`<vscode-button secondary @click=${() => this.act("copyAddress")}>Copy Address</vscode-button>`,
        ifOffered(this.act, "copyToken", copyToken),
      ],
    );
  }
}

customElements.define("kiro-clients", ClientsSection);
