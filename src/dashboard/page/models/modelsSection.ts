import * as l10n from "@vscode/l10n";
import { css, html, LitElement, type nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AccessClientView } from "../../contract/access.ts";
import type { DashboardMethod, DashboardParams } from "../../contract/dashboard.ts";
import type { ModelsView } from "../../contract/models.ts";
import { engineViews } from "../../state/engineViews.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, ifOffered, noAct } from "../act.ts";
import { cardListStyles } from "../look/cardListStyles.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { clock } from "../look/format.ts";
import { shared } from "../look/styles.ts";
import { breakdownStyles } from "../metrics/breakdown.ts";
import { engineItem } from "./engineItem.ts";
import { meterStyles } from "./limitMeter.ts";

/** The user's models as agents, with their use and their limits. */
export class ModelsSection extends LitElement {
  static override properties = {
    view: { attribute: false },
    programs: { attribute: false },
    labels: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    isOn: { type: Boolean },
  };
  static override styles = [
    shared,
    emptyStyles,
    meterStyles,
    breakdownStyles,
    cardListStyles,
    css`
      .facts {
        margin: 6px 2px;
      }
      .buttons {
        margin: 6px 0;
      }
      table th:first-child {
        width: 34%;
      }
    `,
  ];
  declare view: ModelsView | undefined;
  /** Those that were let in. */
  declare programs: readonly AccessClientView[];
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare act: Act;
  declare now: number;
  declare isOn: boolean;

  constructor() {
    super();
    this.view = undefined;
    this.programs = [];
    this.labels = new Map();
    this.act = noAct;
    this.now = 0;
    this.isOn = false;
  }

  override render(): TemplateResult {
    const { view } = this;
    if (!this.isOn)
      return emptyState(
        "comment-discussion",
        l10n.t("No models"),
        l10n.t("Models can be used while the bridge is on."),
      );
    if (view === undefined)
      return emptyState("comment-discussion", l10n.t("Models"), l10n.t("The bridge has not told them yet."));
    const engines = engineViews(view, this.programs);
    const resetsAt = view.usage?.resetsAt;
    if (engines.length === 0) return this.#nothingThere();
    return html`<ul class="card" aria-label=${l10n.t("Models")}>
        ${repeat(
          engines,
          ({ id }) => id,
          (engine) => engineItem(engine, { labels: this.labels, act: this.#act }),
        )}
      </ul>
      <p class="facts dim small">
        ${l10n.t("Today, in all windows of this computer.")}
        ${resetsAt === undefined ? "" : l10n.t("Limits reset at {0}.", clock(resetsAt, this.now))}
      </p>
      <div class="buttons">${this.#addButton()}</div>`;
  }

  #nothingThere(): TemplateResult {
    const text = l10n.t(
      "A model of OpenAI, Azure, Anthropic, Ollama and others can be an agent beside Kiro, with the same tools.",
    );
    return emptyState("comment-discussion", l10n.t("No models added"), text, [this.#addButton()]);
  }

  #addButton(): TemplateResult | typeof nothing {
    const button = html`<vscode-button secondary @click=${() => this.#act("addModel")}>${l10n.t("Add Model…")}</vscode-button>`;
    return ifOffered(this.act, "addModel", button);
  }

  readonly #act: Act = Object.assign(
    async <M extends DashboardMethod>(method: M, params?: DashboardParams<M>) => {
      const result = await this.act(method, params);
      this.dispatchEvent(new Event("acted"));
      return result;
    },
    { whyNot: (method: DashboardMethod) => this.act.whyNot?.(method) },
  );
}

customElements.define("kiro-models", ModelsSection);
