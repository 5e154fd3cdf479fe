import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { BusView, PluginsView } from "../../contract/plugins.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, noAct } from "../act.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { plural, withNodes } from "../l10n/language.ts";
import { count } from "../look/format.ts";
import { shared } from "../look/styles.ts";
import { deadLetterList } from "./deadLetterList.ts";
import { decisionList } from "./decisionList.ts";
import { pluginList } from "./pluginList.ts";
import { pluginStyles } from "./pluginStyles.ts";
import { topicTable } from "./topicTable.ts";

/** The plugins, their bus, the last decisions of the router, and messages that nobody acknowledged. */
export class PluginsSection extends LitElement {
  static override properties = {
    view: { attribute: false },
    labels: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    sending: { state: true },
  };
  static override styles = [
    shared,
    emptyStyles,
    pluginStyles,
    css`
      .problem {
        margin-bottom: 8px;
        padding: 6px 8px;
        border-left: 3px solid var(--kiro-bad);
        overflow-wrap: anywhere;
      }
    `,
  ];
  declare view: PluginsView | undefined;
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare act: Act;
  declare now: number;
  /** The IDs of dead letters that are being sent or removed. */
  declare sending: ReadonlySet<string>;

  constructor() {
    super();
    this.view = undefined;
    this.labels = new Map();
    this.act = noAct;
    this.now = 0;
    this.sending = new Set();
  }

  override render(): TemplateResult {
    const { view } = this;
    if (view === undefined)
      return emptyState("extensions", l10n.t("No plugins"), l10n.t("Plugins can be used while the bridge is on."));
    const { bus, plugins, topics, decisions, deadLetters } = view;
    if (bus === undefined && plugins.length === 0) return this.#nobody();
    return html`${bus?.problem === undefined ? nothing : html`<p class="card problem">${bus.problem}</p>`}
      ${plugins.length === 0 ? this.#nobody() : pluginList({ plugins, labels: this.labels, now: this.now, onStart: this.#onStart, canStart: this.#may("startPlugin") })}
      ${bus === undefined ? nothing : busFacts(bus)} ${topicTable(topics)}
      ${deadLetterList({ deadLetters, now: this.now, busy: this.sending, onAct: this.#onAct, canAct: this.#may("removeDeadLetter") })}
      ${decisionList(decisions, this.now)}`;
  }

  #nobody(): TemplateResult {
    const text = l10n.t(
      "A folder of the workspace with {manifest} is a plugin, and so is one in {folder} in your home folder.",
    );
    const nodes = {
      manifest: html`<code>.claude-plugin/plugin.json</code>`,
      folder: html`<code>.kiro-bridge/plugins</code>`,
    };
    return emptyState("extensions", l10n.t("No plugins found"), withNodes(text, nodes));
  }

  #may(method: "startPlugin" | "removeDeadLetter"): boolean {
    return this.act.whyNot?.(method) === undefined;
  }

  readonly #onStart = async (name: string): Promise<void> => {
    await this.act("startPlugin", { name });
    this.dispatchEvent(new Event("acted"));
  };

  readonly #onAct = async (method: "resendDeadLetter" | "removeDeadLetter", id: string): Promise<void> => {
    if (this.sending.has(id)) return;
    this.sending = new Set([...this.sending, id]);
    await this.act(method, { id });
    this.sending = new Set([...this.sending].filter((other) => other !== id));
    this.dispatchEvent(new Event("acted"));
  };
}

function busFacts(bus: BusView): TemplateResult {
  const { transport, participants, published, delivered, lost, expired, requests, failedRequests } = bus;
  const facts = [
    `${transport === "nats" ? "NATS" : l10n.t("Bus of this computer")}: ${programWords(participants)}`,
    l10n.t("{0} sent, {1} delivered", count(published), count(delivered)),
    ...(requests > 0 ? [l10n.t("{0}, {1} failed", requestWords(requests), count(failedRequests))] : []),
  ];
  const dropped = [
    ...(lost > 0 ? [l10n.t("{0} lost by slow subscribers", count(lost))] : []),
    ...(expired > 0 ? [l10n.t("{0} expired", count(expired))] : []),
  ];
  return html`<p class="facts dim small number">
    ${facts.join(" · ")}${dropped.length === 0 ? nothing : html` · <span class="warn">${dropped.join(", ")}</span>`}
  </p>`;
}

function programWords(programs: number): string {
  return plural(programs, l10n.t("{0} program", count(programs)), l10n.t("{0} programs", count(programs)));
}

function requestWords(requests: number): string {
  return plural(requests, l10n.t("{0} request", count(requests)), l10n.t("{0} requests", count(requests)));
}

customElements.define("kiro-plugins", PluginsSection);
