import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ConversationView } from "../../contract/conversations.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { plural } from "../l10n/language.ts";
import { ago, count } from "../look/format.ts";
import { icon, type IconName } from "../look/icons.ts";
import { shared } from "../look/styles.ts";
import { windowMark } from "../windows/windowFilter.ts";

const GATEWAYS: Readonly<Record<string, string>> = { openai: "OpenAI API", anthropic: "Anthropic API", mcp: "MCP" };

const LOOKS: Readonly<Record<ConversationView["state"], readonly [icon: IconName, color: string]>> = {
  idle: ["comment-discussion", "dim"],
  working: ["loading", "busy"],
  parked: ["tools", "warn"],
};

/** The conversations of clients with agents, through the gateways. Renders nothing if there are none. */
export class ConversationList extends LitElement {
  static override properties = {
    conversations: { attribute: false },
    labels: { attribute: false },
    now: { type: Number },
  };
  static override styles = [
    shared,
    css`
      h3 {
        margin: 14px 0 6px;
        font-weight: 600;
      }
      li {
        padding: 6px 8px 6px 10px;
      }
      li + li {
        border-top: 1px solid var(--kiro-line);
      }
      .top {
        align-items: start;
      }
      .words {
        overflow-wrap: anywhere;
      }
      .buttons {
        margin-top: 6px;
      }
    `,
  ];
  declare conversations: readonly ConversationView[];
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare now: number;

  constructor() {
    super();
    this.conversations = [];
    this.labels = new Map();
    this.now = 0;
  }

  override render(): TemplateResult | typeof nothing {
    if (this.conversations.length === 0) return nothing;
    return html`<h3 id="conversations">${l10n.t("Conversations")}</h3>
      <ul class="card" aria-labelledby="conversations">
        ${repeat(this.conversations, ({ windowId, id }) => `${windowId} ${id}`, this.#item)}
      </ul>`;
  }

  readonly #item = (conversation: ConversationView): TemplateResult => {
    const { program, principal, windowId, via, model, state, turns, tokens, lastUsedAt, parkedCalls } = conversation;
    const [iconName, color] = LOOKS[state];
    const name = program ?? principal;
    const facts = [GATEWAYS[via] ?? via, model, turnWords(turns), l10n.t("about {0} tokens", count(tokens))];
    const times = [stateWord(state), ...(state === "idle" ? [ago(lastUsedAt, this.now)] : [])];
    return html`<li class="row top">
      ${icon(iconName, color)}
      <div class="grow">
        <p class="cut" title=${l10n.t("{0}, as {1}", name, principal)}>
          ${name} ${program === undefined ? nothing : html`<span class="dim small">${principal}</span>`}
          ${windowMark(this.labels.get(windowId))}
        </p>
        <p class="words dim small">${[...facts, ...times].join(" · ")}</p>
        ${parkedCalls.length === 0 ? nothing : html`<p class="words small">${l10n.t("Runs for the agent: {0}", parkedCalls.join(", "))}</p>`}
        ${this.#button(conversation, name)}
      </div>
    </li>`;
  };

  #button({ executionId }: ConversationView, name: string): TemplateResult | typeof nothing {
    if (executionId === undefined) return nothing;
    const open = (): boolean => this.dispatchEvent(new CustomEvent("open", { detail: executionId }));
    const label = l10n.t("Show Prompt");
    return html`<div class="buttons">
      <vscode-button secondary aria-label="${label}: ${name}" @click=${open}>${label}</vscode-button>
    </div>`;
  }
}

function stateWord(state: ConversationView["state"]): string {
  switch (state) {
    case "idle":
      return l10n.t("idle");
    case "working":
      return l10n.t("working");
    case "parked":
      return l10n.t("waits for its client");
  }
}

function turnWords(turns: number): string {
  return plural(turns, l10n.t("{0} turn", count(turns)), l10n.t("{0} turns", count(turns)));
}

customElements.define("kiro-conversations", ConversationList);
