import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { ExecutionRow } from "../../contract/dashboard.ts";
import { answerTo, type InputRequest } from "../../../protocol/input.ts";
import type { WindowLabel } from "../../state/windowChoice.ts";
import { type Act, noAct } from "../act.ts";
import { withNodes } from "../l10n/language.ts";
import { duration, titleOf } from "../look/format.ts";
import { fields, shared } from "../look/styles.ts";

/** The question of an execution, with its answers and the time until it is answered automatically. */
export class QuestionCard extends LitElement {
  static override properties = {
    row: { attribute: false },
    label: { attribute: false },
    act: { attribute: false },
    now: { type: Number },
    isSent: { state: true },
  };
  static override styles = [
    shared,
    fields,
    css`
      :host {
        margin: 10px 2px 2px;
      }
      .prompt {
        margin-bottom: 6px;
        font-weight: 600;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      pre {
        margin: 0 0 8px;
        padding: 6px 8px;
        max-height: 160px;
        overflow: auto;
        border-radius: 4px;
        background: var(--kiro-code);
        border: 1px solid var(--kiro-line);
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: var(--vscode-editor-font-size, 12px);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .dim {
        margin-top: 8px;
      }
      form {
        display: flex;
        gap: 6px;
      }
    `,
  ];
  declare row: ExecutionRow | undefined;
  /** The window that asks, if it is not the page's own. */
  declare label: WindowLabel | undefined;
  declare act: Act;
  declare now: number;
  declare isSent: boolean;

  constructor() {
    super();
    this.row = undefined;
    this.label = undefined;
    this.act = noAct;
    this.now = 0;
    this.isSent = false;
  }

  override render(): TemplateResult | typeof nothing {
    const { row } = this;
    if (row?.question === undefined) return nothing;
    const [head = "", ...rest] = row.question.prompt.split("\n");
    const detail = rest.join("\n");
    const left = Math.max(0, Date.parse(row.question.expiresAt) - this.now);
    const remaining = html`<span class="number">${duration(Math.ceil(left / 1000) * 1000)}</span>`;
    return html`<div role="group" aria-label=${this.#name(row)}>
      <p class="prompt">${head}</p>
      ${detail === "" ? nothing : html`<pre tabindex="0">${detail}</pre>`} ${this.#answers(row.question)}
      <p class="dim small">${withNodes(l10n.t("Denied automatically in {left}"), { left: remaining })}</p>
    </div>`;
  }

  #name(row: ExecutionRow): string {
    const title = titleOf(row);
    if (this.label === undefined) return l10n.t("Question from {0}", title);
    return l10n.t("Question from {0} in {1}", title, this.label.name);
  }

  #answers(question: InputRequest): TemplateResult {
    const why = this.act.whyNot?.("input");
    if (why !== undefined) return html`<p class="small">${why}</p>`;
    const options = optionsOf(question);
    return options.length === 0
      ? this.#field(question)
      : html`<div class="buttons">${options.map((option, index) => this.#button(question, option, index))}</div>`;
  }

  #button(question: InputRequest, option: Option, index: number): TemplateResult {
    return html`<vscode-button
      ?secondary=${index > 0}
      ?disabled=${this.isSent}
      @click=${(click: MouseEvent) => this.#choose(click, question, option)}
      >${option.label}</vscode-button
    >`;
  }

  /** Ignores the second click of a double click, which was meant for the previous question in this place. */
  #choose({ detail: clicks }: MouseEvent, question: InputRequest, { value }: Option): void {
    if (clicks <= 1) this.#answer(question, value);
  }

  #field(question: InputRequest): TemplateResult {
    const { prompt, inputType } = question;
    const send = (): void => this.#send(question);
    const onSubmit = (event: Event): void => {
      event.preventDefault();
      send();
    };
    const field = html`<input
      aria-label=${prompt}
      placeholder=${inputType === "file" ? l10n.t("File path") : l10n.t("Your answer")}
    />`;
    return html`<form @submit=${onSubmit}>
      ${keyed(question.questionId, field)}
      <vscode-button ?disabled=${this.isSent} @click=${send}>${l10n.t("Send")}</vscode-button>
    </form>`;
  }

  #send(question: InputRequest): void {
    const value = this.renderRoot.querySelector("input")?.value ?? "";
    if (value.trim() !== "") this.#answer(question, value);
  }

  /** Answers the displayed question, even if the row has another one by now. */
  #answer(question: InputRequest, value: string): void {
    if (this.row === undefined) return;
    this.isSent = true;
    void this.act("input", answerTo(this.row.id, question, value)).finally(() => (this.isSent = false));
  }
}

interface Option {
  readonly value: string;
  readonly label: string;
}

/** Returns the options: those of a permission, the choices, or yes and no. */
function optionsOf({ inputType, options, choices }: InputRequest): readonly Option[] {
  if (options !== undefined) return options;
  if (choices !== undefined) return choices.map((value) => ({ value, label: value }));
  return inputType === "confirmation"
    ? [
        { value: "yes", label: l10n.t("Yes") },
        { value: "no", label: l10n.t("No") },
      ]
    : [];
}

customElements.define("kiro-question", QuestionCard);
