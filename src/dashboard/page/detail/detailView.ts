import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Requester } from "../../../protocol/executions.ts";
import type { ExecutionDetail, ExecutionRow } from "../../contract/dashboard.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, ifOffered, noAct } from "../act.ts";
import type { LoadParser } from "./outputBox.ts";
import { adviceFor } from "./advice.ts";
import { emptyState, emptyStyles } from "../look/emptyState.ts";
import { clock, duration, isAnswer, targetName, titleOf } from "../look/format.ts";
import { icon, iconButton } from "../look/icons.ts";
import { statusLabel } from "../look/statusIcon.ts";
import { shared } from "../look/styles.ts";
import { labelText } from "../windows/windowFilter.ts";
import { timelineStyles, timelineView } from "./timelineView.ts";

/** The name shown for clients without one. */
const NO_NAME = "(no name)";

/** Shows one execution: the request, the result, the steps, and advice if it failed. */
export class DetailView extends LitElement {
  static override properties = {
    executionId: {},
    imported: { attribute: false },
    version: {},
    labels: { attribute: false },
    queued: {},
    act: { attribute: false },
    loadParser: { attribute: false },
    detail: { state: true },
    isGone: { state: true },
  };
  static override styles = [
    shared,
    emptyStyles,
    timelineStyles,
    css`
      :host {
        height: 100%;
        min-height: 0;
        overflow: hidden auto;
        --kiro-output-height: 360px;
        --kiro-output-border: var(--kiro-line);
      }
      .head {
        position: sticky;
        top: 0;
        padding: 2px 0 6px;
        background: var(--kiro-page);
      }
      .title {
        font-weight: 600;
        overflow-wrap: anywhere;
        display: -webkit-box;
        -webkit-line-clamp: 3;
        -webkit-box-orient: vertical;
        overflow: hidden;
      }
      .buttons {
        margin-top: 4px;
      }
      section {
        margin-top: 12px;
      }
      section > h3 {
        margin-bottom: 4px;
        color: var(--kiro-dim);
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 3px 12px;
        margin: 8px 0 0;
      }
      dt {
        color: var(--kiro-dim);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
        user-select: text;
      }
      .error {
        margin-top: 8px;
        padding: 8px 10px;
        border: 1px solid var(--kiro-line);
        border-left: 3px solid var(--kiro-bad);
        border-radius: 4px;
        background: var(--kiro-card);
        overflow-wrap: anywhere;
      }
      .error > * + * {
        margin-top: 6px;
      }
    `,
  ];
  declare executionId: string;
  declare imported: ExecutionDetail | undefined;
  /** Changes with the execution, which is then loaded again. */
  declare version: string;
  /** Its place in the queue. */
  declare queued: string;
  /** The other windows, by ID. */
  declare labels: ReadonlyMap<string, WindowLabel>;
  declare act: Act;
  declare loadParser: LoadParser | undefined;
  declare detail: ExecutionDetail | undefined;
  declare isGone: boolean;

  constructor() {
    super();
    this.executionId = "";
    this.imported = undefined;
    this.version = "";
    this.queued = "";
    this.labels = new Map();
    this.act = noAct;
    this.loadParser = undefined;
    this.detail = undefined;
    this.isGone = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("executionId") || changed.has("imported")) this.detail = this.imported;
    const isNew = changed.has("executionId") || changed.has("version");
    if (isNew && this.imported === undefined && this.executionId !== "") void this.#load();
  }

  override render(): TemplateResult | typeof nothing {
    if (this.isGone)
      return html`${this.#back()}${emptyState("history", l10n.t("No longer available"), l10n.t("This run has been removed from the history."))}`;
    if (this.detail === undefined) return nothing;
    const { row, timeline, params } = this.detail;
    const args = params ?? (row.args.length === 0 ? "" : row.args.join("\n"));
    return html`${this.#head(this.detail)} ${this.#actions(this.detail)} ${failure(row, this.act)} ${this.#facts(this.detail)}
    ${args === "" ? nothing : block(l10n.t("Arguments"), html`<kiro-output .text=${args} label=${l10n.t("Arguments")}></kiro-output>`)}
    ${row.output === "" ? nothing : this.#output(row)}
    ${timeline.length === 0 ? nothing : block(l10n.t("Timeline"), timelineView(timeline, this.imported === undefined ? this.#open : undefined))}`;
  }

  #head({ row, isImported }: ExecutionDetail): TemplateResult {
    return html`<header class="head">
      <div class="row">
        ${this.#back()}
        <span class="grow">${statusLabel(row.status, row.waitingFor)}</span>
        ${
          isImported === true
            ? html`<vscode-badge>${l10n.t("Imported")}</vscode-badge>`
            : iconButton("export", l10n.t("Export run…"), () => this.act("exportRun", { executionId: row.id }))
        }
      </div>
      <p class="title" title=${titleOf(row)}>${titleOf(row)}</p>
    </header>`;
  }

  /** Renders the actions. An imported run is unknown to the host. */
  #actions({ row, isImported, isRepeatable }: ExecutionDetail): TemplateResult | typeof nothing {
    if (isImported === true) return nothing;
    const run = { executionId: row.id };
    const button = (label: string, onClick: () => unknown): TemplateResult =>
      html`<vscode-button secondary @click=${onClick}>${label}</vscode-button>`;
    const again = button(l10n.t("Run Again"), () => this.#runAgain(row.id));
    return html`<div class="buttons" role="group" aria-label=${l10n.t("Actions")}>
      ${isRepeatable && row.completedAt !== undefined ? ifOffered(this.act, "runAgain", again) : nothing}
      ${isRepeatable ? button(l10n.t("Copy as curl"), () => this.act("copyRunCurl", run)) : nothing}
      ${row.output === "" ? nothing : button(l10n.t("Copy Output"), () => this.act("copyRunOutput", run))}
    </div>`;
  }

  #back(): TemplateResult {
    return iconButton("arrow-left", l10n.t("Back to the list"), () => this.dispatchEvent(new Event("back")));
  }

  #facts(detail: ExecutionDetail): TemplateResult {
    const { row, queuedAt, requestedBy, sessionId, workspacePath, exitCode } = detail;
    const label = this.labels.get(row.windowId);
    const facts: readonly (readonly [string, unknown])[] = [
      [l10n.t("Command"), row.command],
      [l10n.t("Target"), row.target === undefined ? undefined : targetName(row.target)],
      [l10n.t("Window"), label && labelText(label)],
      [l10n.t("Requested by"), requestedBy === undefined ? undefined : requesterName(requestedBy)],
      [l10n.t("Part of"), this.#parent(detail)],
      [l10n.t("Queue"), this.queued === "" ? undefined : this.queued],
      [l10n.t("Started"), clock(row.startedAt)],
      [l10n.t("Time in queue"), waitOf(row, queuedAt)],
      [l10n.t("Duration"), row.executionTimeMs === undefined ? undefined : duration(row.executionTimeMs)],
      [l10n.t("Session"), sessionId],
      [l10n.t("Folder"), workspacePath],
      [l10n.t("Exit code"), exitCode],
      [l10n.t("ID"), row.id],
    ];
    return html`<dl>
      ${facts.map(([name, value]) => (value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`))}
    </dl>`;
  }

  #parent({ parentId, isImported }: ExecutionDetail): TemplateResult | string | undefined {
    if (parentId === undefined || isImported === true) return parentId;
    return html`${parentId} ${iconButton("link-external", l10n.t("Open the prompt that it is part of"), () => this.#open(parentId))}`;
  }

  #output(row: ExecutionRow): TemplateResult {
    return html`<section>
      <div class="row">
        <h3 class="grow dim">${l10n.t("Output")}</h3>
        ${
          this.imported === undefined
            ? iconButton("link-external", l10n.t("Open the full output"), () =>
                this.act("openOutput", { executionId: row.id }),
              )
            : nothing
        }
      </div>
      <kiro-output
        .text=${row.output}
        ?isCut=${row.isOutputCut}
        .loadParser=${isAnswer(row) ? this.loadParser : undefined}
        label=${l10n.t("Output")}
      ></kiro-output>
    </section>`;
  }

  readonly #open = (executionId: string): void => {
    this.dispatchEvent(new CustomEvent("open", { detail: executionId }));
  };

  async #runAgain(executionId: string): Promise<void> {
    const started = await this.act("runAgain", { executionId });
    if (started !== undefined) this.#open(started.executionId);
  }

  async #load(): Promise<void> {
    const { executionId } = this;
    this.isGone = false;
    const detail = await this.act("getExecution", { executionId });
    if (executionId !== this.executionId) return;
    this.detail = detail ?? this.detail;
    this.isGone = this.detail === undefined;
  }
}

function block(title: string, content: unknown): TemplateResult {
  return html`<section>
    <h3 class="dim">${title}</h3>
    ${content}
  </section>`;
}

function failure({ status, error, code, cause }: ExecutionRow, act: Act): TemplateResult | typeof nothing {
  if (status !== "failed" && status !== "interrupted") return nothing;
  if (status === "interrupted") {
    return html`<div class="error"><p>${l10n.t("The bridge, its window or its process ended before this run did. Changes it had already made remain.")}</p></div>`;
  }
  const { text, button } = adviceFor(code, cause);
  return html`<div class="error">
    <p class="row">${icon("error", "bad")}<strong>${code ?? l10n.t("Failed")}</strong></p>
    <p>${error}</p>
    <p class="small">${text}</p>
    ${
      button === undefined
        ? nothing
        : ifOffered(
            act,
            button.method,
            html`<vscode-button secondary @click=${() => act(button.method)}>${button.label}</vscode-button>`,
          )
    }
  </div>`;
}

function requesterName({ origin, name = "" }: Requester): string {
  if (origin === "editor") return l10n.t("The user, in the editor");
  return name === "" || name === NO_NAME ? l10n.t("A program without a name") : name;
}

function waitOf({ startedAt, status }: ExecutionRow, queuedAt: string): string | undefined {
  const ms = Date.parse(startedAt) - Date.parse(queuedAt);
  return status === "queued" || ms < 50 ? undefined : duration(ms);
}

customElements.define("kiro-detail", DetailView);
