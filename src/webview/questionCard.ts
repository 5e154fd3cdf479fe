import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import type { ExecutionRow } from "../protocol/dashboard.ts";
import type { InputRequest } from "../protocol/input.ts";
import { type Act, noAct } from "./act.ts";
import { duration, titleOf } from "./format.ts";
import { fields, shared } from "./styles.ts";

/** A question of an execution, to be answered where it stands. The deadline is in sight: then it answers itself. */
export class QuestionCard extends LitElement {
  static override properties = {
    row: { attribute: false },
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
  declare act: Act;
  declare now: number;
  declare isSent: boolean;

  constructor() {
    super();
    this.row = undefined;
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
    return html`<div role="group" aria-label="Question of ${titleOf(row)}">
      <p class="prompt">${head}</p>
      ${detail === "" ? nothing : html`<pre tabindex="0">${detail}</pre>`} ${this.#answers(row.question)}
      <p class="dim small">Refused by itself in <span class="number">${duration(Math.ceil(left / 1000) * 1000)}</span></p>
    </div>`;
  }

  #answers(question: InputRequest): TemplateResult {
    const options = optionsOf(question);
    return options.length === 0 ? this.#field(question) : html`<div class="buttons">${options.map(this.#button)}</div>`;
  }

  readonly #button = (option: Option, index: number): TemplateResult =>
    html`<vscode-button
      ?secondary=${index > 0}
      ?disabled=${this.isSent}
      @click=${() => this.#answer(option.value)}
      >${option.label}</vscode-button
    >`;

  #field({ prompt, inputType }: InputRequest): TemplateResult {
    return html`<form @submit=${this.#onSubmit}>
      <input aria-label=${prompt} placeholder=${inputType === "file" ? "Path of a file" : "Your answer"} />
      <vscode-button ?disabled=${this.isSent} @click=${this.#send}>Send</vscode-button>
    </form>`;
  }

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    this.#send();
  };

  readonly #send = (): void => {
    const value = this.renderRoot.querySelector("input")?.value ?? "";
    if (value.trim() !== "") this.#answer(value);
  };

  #answer(value: string): void {
    const { row } = this;
    if (row?.question === undefined) return;
    this.isSent = true;
    const answer = { executionId: row.id, value, type: row.question.inputType };
    void this.act("input", answer).finally(() => (this.isSent = false));
  }
}

interface Option {
  readonly value: string;
  readonly label: string;
}

/** What can be chosen: a permission with its options, a choice, or yes and no. */
function optionsOf({ inputType, options, choices }: InputRequest): readonly Option[] {
  if (options !== undefined) return options;
  if (choices !== undefined) return choices.map((value) => ({ value, label: value }));
  return inputType === "confirmation"
    ? [
        { value: "yes", label: "Yes" },
        { value: "no", label: "No" },
      ]
    : [];
}

customElements.define("kiro-question", QuestionCard);
