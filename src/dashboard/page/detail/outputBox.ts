import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ansiText } from "./ansiText.ts";
import { ansi, shared } from "../look/styles.ts";

/** How near the end counts as the end, in pixels. */
const NEAR_PX = 24;

/** Output as it came: colours kept, markup shown as text. While it grows, its end stays in sight for who is there. */
export class OutputBox extends LitElement {
  static override properties = { text: {}, isCut: { type: Boolean }, label: {} };
  static override styles = [
    shared,
    ansi,
    css`
      pre {
        margin: 0;
        max-height: var(--kiro-output-height, 180px);
        padding: 6px 8px;
        overflow: auto;
        overscroll-behavior: contain;
        border-radius: 4px;
        background: var(--kiro-code);
        border: 1px solid var(--kiro-output-border, transparent);
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: var(--vscode-editor-font-size, 12px);
        line-height: 1.45;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        user-select: text;
      }
    `,
  ];
  declare text: string;
  declare isCut: boolean;
  declare label: string;
  #isAtEnd = true;

  constructor() {
    super();
    this.text = "";
    this.isCut = false;
    this.label = "Output";
  }

  override render(): TemplateResult {
    return html`<pre tabindex="0" role="region" aria-label=${this.label} @scroll=${this.#onScroll}>${
      this.isCut ? html`<span class="dim">… </span>` : nothing
    }${ansiText(this.text)}</pre>`;
  }

  override updated(): void {
    const box = this.#box;
    if (box !== null && this.#isAtEnd) box.scrollTop = box.scrollHeight;
  }

  get #box(): HTMLElement | null {
    return this.renderRoot.querySelector("pre");
  }

  readonly #onScroll = (): void => {
    const box = this.#box;
    if (box !== null) this.#isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
  };
}

customElements.define("kiro-output", OutputBox);
