import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { DashboardState, ExecutionRow } from "../../contract/dashboard.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, ifOffered, noAct } from "../act.ts";
import type { LoadParser } from "../detail/outputBox.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { plural } from "../l10n/language.ts";
import { count, elapsed, isAnswer, queuePlace, subtitleOf, titleOf } from "../look/format.ts";
import { icon, iconButton, type IconName } from "../look/icons.ts";
import { statusIcon } from "../look/statusIcon.ts";
import { shared } from "../look/styles.ts";
import { windowMark } from "../windows/windowFilter.ts";

/** The active executions: questions first, then running ones with their output, then the queue. */
export class NowSection extends LitElement {
  static override properties = {
    rows: { attribute: false },
    windowId: {},
    labels: { attribute: false },
    state: { attribute: false },
    act: { attribute: false },
    loadParser: { attribute: false },
    now: { type: Number },
  };
  static override styles = [
    shared,
    emptyStyles,
    css`
      .stack {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .run {
        padding: 8px 8px 8px 10px;
      }
      .all {
        text-align: right;
      }
      .asks {
        border-left: 3px solid var(--kiro-warn);
        padding-left: 8px;
      }
      .open {
        padding: 0;
        border: 0;
        background: none;
        color: inherit;
        font: inherit;
        font-weight: 600;
        text-align: left;
        cursor: pointer;
      }
      .open:hover {
        text-decoration: underline;
      }
      .meta {
        margin: 2px 0 0 22px;
      }
      kiro-output {
        margin-top: 6px;
      }
      .line {
        padding: 4px 8px 4px 10px;
      }
      .line + .line {
        border-top: 1px solid var(--kiro-line);
      }
    `,
  ];
  declare rows: readonly ExecutionRow[];
  /** The only window that is shown; empty for all. */
  declare windowId: string;
  /** The other windows, by ID. */
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare state: DashboardState | undefined;
  declare act: Act;
  declare loadParser: LoadParser | undefined;
  declare now: number;

  constructor() {
    super();
    this.rows = [];
    this.windowId = "";
    this.labels = new Map();
    this.state = undefined;
    this.act = noAct;
    this.loadParser = undefined;
    this.now = 0;
  }

  override render(): TemplateResult {
    if (this.rows.length === 0) return this.#nothingRuns();
    const running = this.rows.filter(({ status }) => status !== "queued");
    const askingFirst = running.toSorted((a, b) => Number(isAsking(b)) - Number(isAsking(a)));
    const queued = this.rows.filter(({ status }) => status === "queued");
    return html`<div class="stack">
      ${this.rows.length > 1 ? ifOffered(this.act, "cancelAll", this.#cancelAll()) : nothing}
      ${repeat(askingFirst, ({ id }) => id, this.#running)}
      ${
        queued.length === 0
          ? nothing
          : html`<ul class="card" aria-label=${l10n.t("{0} queued", count(queued.length))}>
              ${repeat(queued, ({ id }) => id, this.#queued)}
            </ul>`
      }
    </div>`;
  }

  readonly #running = (row: ExecutionRow): TemplateResult => {
    const title = titleOf(row);
    return html`<article class=${isAsking(row) ? "card run asks" : "card run"} aria-label=${title}>
      <div class="row">
        ${statusIcon(row.status, row.waitingFor)}
        <button class="open cut grow" title=${l10n.t("{0} – show details", title)} @click=${() => this.#open(row.id)}>${title}</button>
        <span class="number dim small">${elapsed(row.startedAt, this.now)}</span>
        ${this.#cancel(row, "stop-circle", l10n.t("Cancel {0}", title))}
      </div>
      <p class="meta dim small cut">${row.tool === undefined || isAsking(row) ? subtitleOf(row) : `${row.tool} …`}${this.#window(row)}</p>
      ${
        row.output === ""
          ? nothing
          : html`<kiro-output
              .text=${row.output}
              ?isCut=${row.isOutputCut}
              .loadParser=${isAnswer(row) ? this.loadParser : undefined}
              label=${l10n.t("Output of {0}", title)}
            ></kiro-output>`
      }
      ${
        isAsking(row)
          ? html`<kiro-question
              .row=${row}
              .label=${this.labels.get(row.windowId)}
              .act=${this.act}
              .now=${this.now}
            ></kiro-question>`
          : nothing
      }
    </article>`;
  };

  readonly #queued = (row: ExecutionRow): TemplateResult => {
    const title = titleOf(row);
    return html`<li class="row line">
      ${icon("watch", "dim")}
      <span class="cut grow">${title}<span class="dim small">${this.#window(row)}</span></span>
      <span class="number dim small">${queuePlace(row.position)}</span>
      ${this.#cancel(row, "close", l10n.t("Remove {0} from the queue", title))}
    </li>`;
  };

  #window({ windowId }: ExecutionRow): TemplateResult | typeof nothing {
    const label = this.labels.get(windowId);
    return label === undefined ? nothing : html` · ${windowMark(label)}`;
  }

  #cancel({ id }: ExecutionRow, name: IconName, label: string): TemplateResult | typeof nothing {
    return ifOffered(
      this.act,
      "cancel",
      iconButton(name, label, () => this.act("cancel", { executionId: id })),
    );
  }

  #cancelAll(): TemplateResult {
    const ofWindow = this.windowId === "" ? {} : { windowId: this.windowId };
    return html`<div class="all">
      <vscode-button secondary @click=${() => this.act("cancelAll", ofWindow)}>${l10n.t("Cancel All…")}</vscode-button>
    </div>`;
  }

  #open(id: string): void {
    this.dispatchEvent(new CustomEvent("open", { detail: id }));
  }

  #nothingRuns(): TemplateResult {
    const { server, isTrusted, isReconnecting } = this.state ?? {};
    if (isReconnecting === true)
      return emptyState("loading", l10n.t("Reconnecting…"), l10n.t("Another window has the address."));
    if (server?.kind === "on" && this.windowId !== "") {
      const showAll = (): boolean => this.dispatchEvent(new Event("allwindows"));
      return emptyState("pulse", l10n.t("Nothing is running in this window"), "", [
        html`<vscode-button secondary @click=${showAll}>${l10n.t("Show All Windows")}</vscode-button>`,
      ]);
    }
    if (server?.kind === "on") {
      const text = l10n.t("Send a command from any program on this machine, or ask Kiro here.");
      const ask = html`<vscode-button secondary @click=${() => this.act("askCli")}>${l10n.t("Ask Kiro CLI…")}</vscode-button>`;
      return emptyState("pulse", l10n.t("Nothing is running"), text, [
        html`<vscode-button @click=${() => this.act("copyCurl")}>${l10n.t("Copy as curl")}</vscode-button>`,
        ifOffered(this.act, "askCli", ask),
      ]);
    }
    if (server === undefined || server.kind === "starting" || server.kind === "stopping") {
      return emptyState("watch", server?.kind === "stopping" ? l10n.t("Stopping…") : l10n.t("Starting…"), "");
    }
    const start = html`<vscode-button @click=${() => this.act("start")}>${l10n.t("Start")}</vscode-button>`;
    const log = html`<vscode-button secondary @click=${() => this.act("openLog")}>${l10n.t("Open Log")}</vscode-button>`;
    const isProblem = server.kind === "problem";
    return emptyState(
      isProblem ? "error" : "debug-disconnect",
      isProblem ? l10n.t("The bridge could not start") : l10n.t("The bridge is off"),
      isProblem ? l10n.t("See the reason above; the log has details.") : l10n.t("Programs cannot reach this window."),
      isTrusted === true ? [start, ...(isProblem ? [log] : [])] : [],
    );
  }
}

function isAsking({ question }: ExecutionRow): boolean {
  return question !== undefined;
}

/** Returns "2 running, 1 queued, 1 question" for headings and screen readers. */
export function loadWords(rows: readonly ExecutionRow[]): string {
  const queued = rows.filter(({ status }) => status === "queued").length;
  const asking = rows.filter(isAsking).length;
  const running = rows.length - queued;
  return [
    ...(running === 0 ? [] : [l10n.t("{0} running", count(running))]),
    ...(queued === 0 ? [] : [l10n.t("{0} queued", count(queued))]),
    ...(asking === 0
      ? []
      : [plural(asking, l10n.t("{0} question", count(asking)), l10n.t("{0} questions", count(asking)))]),
  ].join(", ");
}

customElements.define("kiro-now", NowSection);
