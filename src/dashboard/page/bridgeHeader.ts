import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { DashboardMethod, DashboardState } from "../contract/dashboard.ts";
import { type Act, ifOffered, noAct } from "./act.ts";
import { cliPart } from "./cliPart.ts";
import { icon, iconButton, type IconName } from "./look/icons.ts";
import { shared } from "./look/styles.ts";
import { sharingWords } from "./windows/sharingWords.ts";

type ServerKind = DashboardState["server"]["kind"];

const ICONS: Readonly<Record<ServerKind, readonly [icon: IconName, className: string]>> = {
  off: ["circle-slash", "dim"],
  starting: ["loading", "busy spin"],
  stopping: ["loading", "busy spin"],
  on: ["radio-tower", "good"],
  problem: ["error", "bad"],
};
/** Time in milliseconds during which a copy button shows its success. */
const COPIED_MS = 1500;

type Copy = Extract<DashboardMethod, "copyAddress" | "copyToken" | "copyCurl">;

/** The state of the bridge with its switch, its address and copy buttons, and the state of the Kiro CLI. */
export class BridgeHeader extends LitElement {
  static override properties = {
    state: { attribute: false },
    act: { attribute: false },
    copied: { state: true },
  };
  static override styles = [
    shared,
    css`
      section {
        container-type: inline-size;
      }
      @container (width < 330px) {
        .machine {
          display: none;
        }
      }
      .part {
        padding: 8px 8px 8px 10px;
      }
      .part + .part {
        border-top: 1px solid var(--kiro-line);
      }
      .name {
        font-weight: 600;
      }
      .address {
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 0.95em;
        user-select: text;
      }
      .actions {
        display: flex;
        gap: 2px;
        margin-left: auto;
      }
      .more {
        margin: 4px 0 2px 22px;
        overflow-wrap: anywhere;
      }
      .more .buttons {
        margin-top: 6px;
      }
      .switch {
        position: relative;
        flex: none;
        width: 32px;
        height: 18px;
        padding: 0;
        border: 1px solid var(--vscode-checkbox-border, var(--vscode-foreground));
        border-radius: 9px;
        background: var(--vscode-checkbox-background);
        cursor: pointer;
      }
      .switch::after {
        content: "";
        position: absolute;
        inset: 2px auto 2px 2px;
        width: 12px;
        border-radius: 6px;
        background: var(--vscode-checkbox-foreground, var(--vscode-foreground));
        transition: transform 120ms;
      }
      .switch[aria-checked="true"] {
        background: var(--vscode-button-background);
        border-color: var(--vscode-button-border, var(--vscode-button-background));
      }
      .switch[aria-checked="true"]::after {
        background: var(--vscode-button-foreground);
        transform: translateX(14px);
      }
      @media (prefers-reduced-motion: reduce) {
        .switch::after {
          transition: none;
        }
      }
    `,
  ];
  declare state: DashboardState | undefined;
  declare act: Act;
  declare copied: Copy | "";

  constructor() {
    super();
    this.state = undefined;
    this.act = noAct;
    this.copied = "";
  }

  override render(): TemplateResult | typeof nothing {
    if (this.state === undefined) return nothing;
    return html`<section class="card" aria-label=${l10n.t("Bridge")}>
      ${this.#server(this.state, sharingWords(this.state))} ${cliPart(this.state, this.act)}
    </section>`;
  }

  #server({ server, isTrusted }: DashboardState, sharing: string | undefined): TemplateResult {
    const [name, className] = ICONS[server.kind];
    const isOn = server.kind === "on" || server.kind === "starting";
    const text = server.note ?? server.reason;
    return html`<div class="part">
      <div class="row">
        ${icon(name, className)}
        <span class="name" role="status">${wordOf(server.kind)}</span>
        ${addressOf(server.url)}
        ${isOn && server.url !== undefined ? this.#copyButtons() : nothing}
        ${ifOffered(this.act, "stop", this.#switch(isOn))}
      </div>
      ${sharing === undefined ? nothing : html`<div class="more dim small" role="status">${sharing}</div>`}
      ${text === undefined && isTrusted ? nothing : this.#more(text, isTrusted)}
    </div>`;
  }

  #switch(isOn: boolean): TemplateResult {
    return html`<button
      class="switch"
      type="button"
      role="switch"
      aria-checked=${isOn}
      aria-label=${l10n.t("Bridge server")}
      title=${isOn ? l10n.t("Stop the bridge") : l10n.t("Start the bridge")}
      @click=${() => this.act(isOn ? "stop" : "start")}
    ></button>`;
  }

  #copyButtons(): TemplateResult {
    const restart = iconButton("debug-restart", l10n.t("Restart the bridge"), () => this.act("restart"));
    return html`<span class="actions">
      ${this.#copy("copyAddress", "copy", l10n.t("Copy address"))}
      ${ifOffered(this.act, "copyToken", this.#copy("copyToken", "key", l10n.t("Copy token")))}
      ${this.#copy("copyCurl", "terminal", l10n.t("Copy as curl"))} ${ifOffered(this.act, "restart", restart)}
    </span>`;
  }

  #copy(method: Copy, name: IconName, label: string): TemplateResult {
    const isCopied = this.copied === method;
    return iconButton(isCopied ? "check" : name, isCopied ? l10n.t("Copied") : label, async () => {
      await this.act(method);
      this.copied = method;
      setTimeout(() => (this.copied = ""), COPIED_MS);
    });
  }

  #more(text: string | undefined, isTrusted: boolean): TemplateResult {
    return html`<div class="more dim small">
      ${text}
      ${
        isTrusted
          ? nothing
          : html`<div class="buttons">
              <vscode-button secondary @click=${() => this.act("manageTrust")}><span>${l10n.t("Manage Workspace Trust")}</span></vscode-button>
            </div>`
      }
    </div>`;
  }
}

function wordOf(kind: ServerKind): string {
  switch (kind) {
    case "off":
      return l10n.t("Off");
    case "starting":
      return l10n.t("Starting…");
    case "stopping":
      return l10n.t("Stopping…");
    case "on":
      return l10n.t("On");
    case "problem":
      return l10n.t("Problem");
  }
}

/** Shortens the address to the port, because the machine is this one. The tooltip has the whole. */
function addressOf(url: string | undefined): TemplateResult {
  if (url === undefined) return html`<span class="grow"></span>`;
  const { hostname, port } = new URL(url);
  return html`<span class="address cut grow" title=${url}><span class="machine">${hostname}</span>:${port}</span>`;
}

customElements.define("kiro-header", BridgeHeader);
