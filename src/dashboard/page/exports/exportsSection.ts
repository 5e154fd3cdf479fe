import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type {
  DeadLetter,
  DeadLetterList,
  DestinationRecord,
  DestinationTest,
} from "../../../protocol/exports/destinations.ts";
import type { ExportsView } from "../../contract/exports.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, ifOffered, noAct } from "../act.ts";
import { cardListStyles } from "../look/cardListStyles.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { plural, withNodes } from "../l10n/language.ts";
import { clock, count } from "../look/format.ts";
import { shared } from "../look/styles.ts";
import { type DestinationAction, destinationItem } from "./destinationItem.ts";

/** The destinations of exports, with their health and their dead letters. */
export class ExportsSection extends LitElement {
  static override properties = {
    view: { attribute: false },
    labels: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    isOn: { type: Boolean },
    busy: { state: true },
    said: { state: true },
    letters: { state: true },
  };
  static override styles = [
    shared,
    emptyStyles,
    cardListStyles,
    css`
      .buttons {
        margin: 6px 0;
      }
      .problem {
        margin-bottom: 8px;
        padding: 6px 8px;
        border-left: 3px solid var(--kiro-bad);
        overflow-wrap: anywhere;
      }
      summary {
        cursor: pointer;
      }
      details ul {
        margin: 4px 0 0 16px;
        list-style: disc;
      }
    `,
  ];
  declare view: ExportsView | undefined;
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare act: Act;
  declare now: number;
  declare isOn: boolean;
  /** The destinations that cannot be acted on at present. */
  declare busy: ReadonlySet<string>;
  /** The outcome of the last action on a destination, in words. */
  declare said: ReadonlyMap<string, string>;
  /** The dead letters of destinations whose list is open. */
  declare letters: ReadonlyMap<string, DeadLetterList>;

  constructor() {
    super();
    this.view = undefined;
    this.labels = new Map();
    this.act = noAct;
    this.now = 0;
    this.isOn = false;
    this.busy = new Set();
    this.said = new Map();
    this.letters = new Map();
  }

  override render(): TemplateResult {
    const { view } = this;
    if (!this.isOn)
      return emptyState("export", l10n.t("No exports"), l10n.t("Runs can be exported while the bridge is on."));
    if (view === undefined) return emptyState("export", l10n.t("Exports"), l10n.t("The bridge has not told them yet."));
    const { destinations, problems } = view;
    if (destinations.length + problems.length === 0) return this.#nothingThere();
    return html`${problems.map((problem) => html`<p class="card problem">${problem}</p>`)}
      ${
        destinations.length === 0
          ? nothing
          : html`<ul class="card" aria-label=${l10n.t("Exports")}>
              ${repeat(destinations, keyOf, (destination) => this.#item(destination))}
            </ul>`
      }
      <div class="buttons">${this.#settingsButton()}</div>`;
  }

  #item(destination: DestinationRecord): TemplateResult {
    const key = keyOf(destination);
    return destinationItem(destination, {
      labels: this.labels,
      now: this.now,
      isBusy: this.busy.has(key),
      canSetSecret: this.act.whyNot?.("setExportSecret") === undefined,
      said: this.said.get(key),
      letters: letterList(this.letters.get(key), this.now),
      onAct: (method) => this.#run(destination, method),
      onShowLetters: () => this.#showLetters(destination),
    });
  }

  #nothingThere(): TemplateResult {
    const text = l10n.t(
      "Nothing leaves this computer. The setting {setting} sends runs to an OpenTelemetry collector, a bucket, a table or a webhook.",
    );
    const more = withNodes(text, { setting: html`<code>kiroBridge.exports</code>` });
    const guide = html`<vscode-button secondary @click=${() => this.act("openExportGuide")}>${l10n.t("Show Guide")}</vscode-button>`;
    return emptyState("export", l10n.t("No exports"), more, [
      this.#settingsButton(),
      ifOffered(this.act, "openExportGuide", guide),
    ]);
  }

  #settingsButton(): TemplateResult | typeof nothing {
    const open = (): unknown => this.act("openExportSettings");
    const button = html`<vscode-button secondary @click=${open}>${l10n.t("Open Settings")}</vscode-button>`;
    return ifOffered(this.act, "openExportSettings", button);
  }

  async #run(destination: DestinationRecord, method: DestinationAction): Promise<void> {
    const key = keyOf(destination);
    if (this.busy.has(key)) return;
    this.busy = new Set([...this.busy, key]);
    this.#say(key, method === "testExport" ? l10n.t("Sending a test…") : undefined);
    const { name, windowId } = destination;
    const words = await this.#wordsOf(method, { name, windowId });
    this.#say(key, words);
    this.busy = new Set([...this.busy].filter((other) => other !== key));
    this.letters = new Map([...this.letters].filter(([other]) => other !== key));
    this.dispatchEvent(new Event("acted"));
  }

  /** Does the action. @returns its outcome in words, unless the page shows it */
  async #wordsOf(
    method: DestinationAction,
    place: { readonly name: string; readonly windowId: string },
  ): Promise<string | undefined> {
    switch (method) {
      case "testExport": {
        const result = await this.act("testExport", place);
        return result === undefined ? undefined : testWords(result);
      }
      case "replayExportLetters": {
        const result = await this.act("replayExportLetters", place);
        return result === undefined ? undefined : replayedWords(result.replayed);
      }
      case "removeExportLetters":
        await this.act("removeExportLetters", place);
        return undefined;
      case "setExportSecret":
        await this.act("setExportSecret", { name: place.name });
        return undefined;
    }
  }

  async #showLetters(destination: DestinationRecord): Promise<void> {
    const { name, windowId } = destination;
    const letters = await this.act("exportLetters", { name, windowId });
    if (letters !== undefined) this.letters = new Map([...this.letters, [keyOf(destination), letters]]);
  }

  #say(key: string, words: string | undefined): void {
    const others = [...this.said].filter(([other]) => other !== key);
    this.said = new Map(words === undefined ? others : [...others, [key, words]]);
  }
}

function keyOf({ name, windowId }: DestinationRecord): string {
  return `${windowId} ${name}`;
}

function replayedWords(letters: number): string {
  return plural(
    letters,
    l10n.t("{0} dead letter on the way again.", count(letters)),
    l10n.t("{0} dead letters on the way again.", count(letters)),
  );
}

function testWords({ success, outcome, message }: DestinationTest): string {
  if (!success) return `${l10n.t("The test has failed.")} ${message}`;
  return `${outcome === "stored" ? l10n.t("The test was stored.") : l10n.t("The test was sent.")} ${message}`;
}

function letterList(list: DeadLetterList | undefined, now: number): TemplateResult | typeof nothing {
  if (list === undefined) return nothing;
  const { deadLetters, total } = list;
  const rest =
    total > deadLetters.length ? html`<p class="dim small">${l10n.t("The newest of {0}.", count(total))}</p>` : nothing;
  return html`<ul class="small">${deadLetters.map((letter) => letterItem(letter, now))}</ul>${rest}`;
}

function letterItem({ at, reason, eventType, executionId }: DeadLetter, now: number): TemplateResult {
  return html`<li class="words">
    ${eventType} <span class="dim">${clock(at, now)}${executionId === undefined ? "" : `, ${executionId}`}</span><br />${reason}
  </li>`;
}

customElements.define("kiro-exports", ExportsSection);
