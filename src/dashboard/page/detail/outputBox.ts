import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { ansiText } from "./ansiText.ts";
import { ansi, shared } from "../look/styles.ts";
import type { ParseBlocks } from "../markdown/blocks.ts";
import { markdownStyles, markdownView } from "../markdown/markdownView.ts";
import { GrowingMarkdown, MAX_MARKDOWN } from "../markdown/segments.ts";

/** Distance in pixels that counts as scrolled to the end. */
const NEAR_PX = 24;

/** Loads the Markdown parser on first use. */
export type LoadParser = () => Promise<ParseBlocks | undefined>;

/**
 * Output: an answer as the Markdown that it is, anything else as it came, with colours kept and markup shown as text. While
 * it grows, its end stays in view for a reader who is there.
 */
export class OutputBox extends LitElement {
  static override properties = {
    text: {},
    isCut: { type: Boolean },
    label: {},
    loadParser: { attribute: false },
    parseBlocks: { state: true },
  };
  static override styles = [
    shared,
    ansi,
    markdownStyles,
    css`
      .box {
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
  /** Given for Markdown. */
  declare loadParser: LoadParser | undefined;
  declare parseBlocks: ParseBlocks | undefined;
  readonly #markdown = new GrowingMarkdown();
  #isAtEnd = true;

  constructor() {
    super();
    this.text = "";
    this.isCut = false;
    this.label = l10n.t("Output");
    this.loadParser = undefined;
    this.parseBlocks = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("loadParser") && this.loadParser !== undefined) void this.#load(this.loadParser);
  }

  override render(): TemplateResult {
    const cut = this.isCut ? html`<span class="dim">… </span>` : nothing;
    const { parseBlocks } = this;
    const content =
      parseBlocks !== undefined && this.#isMarkdown
        ? html`<div class="markdown">${markdownView(this.#markdown.parse(this.text, parseBlocks), this.#copy)}</div>`
        : ansiText(this.text);
    return html`<div class="box" tabindex="0" role="region" aria-label=${this.label} @scroll=${this.#onScroll}>${cut}${content}</div>`;
  }

  override updated(): void {
    const box = this.#box;
    if (box !== null && this.#isAtEnd) box.scrollTop = box.scrollHeight;
  }

  get #box(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".box");
  }

  /** Colours mean the output of a program. */
  get #isMarkdown(): boolean {
    return this.loadParser !== undefined && this.text.length <= MAX_MARKDOWN && !this.text.includes("\x1b");
  }

  async #load(loadParser: LoadParser): Promise<void> {
    this.parseBlocks = await loadParser();
  }

  /** Leaves the clipboard to the host. */
  readonly #copy = (text: string): void => {
    this.dispatchEvent(new CustomEvent("copytext", { detail: text, bubbles: true, composed: true }));
  };

  readonly #onScroll = (): void => {
    const box = this.#box;
    if (box !== null) this.#isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
  };
}

customElements.define("kiro-output", OutputBox);
