import * as l10n from "@vscode/l10n";
import { css, html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { iconButton } from "../look/icons.ts";
import type { Block, Inline, ListItem } from "./blocks.ts";

type Copy = (text: string) => void;

/** The headings of an answer come below those of the page. */
const HEADING_OFFSET = 3;

/** Shows the pieces of a Markdown text. Blocks become templates: nothing is ever set as HTML. */
export function markdownView(pieces: readonly (readonly Block[])[], copy: Copy): TemplateResult[] {
  return pieces.map((blocks) => html`${guard([blocks], () => blocks.map((block) => blockView(block, copy)))}`);
}

function blockView(block: Block, copy: Copy): TemplateResult {
  switch (block.kind) {
    case "paragraph":
      return html`<p>${inlineViews(block.content)}</p>`;
    case "heading":
      return html`<p class="heading" role="heading" aria-level=${Math.min(6, block.level + HEADING_OFFSET)}>${inlineViews(block.content)}</p>`;
    case "code":
      return codeView(block, copy);
    case "quote":
      return html`<blockquote>${block.blocks.map((inner) => blockView(inner, copy))}</blockquote>`;
    case "list":
      return block.start === undefined
        ? html`<ul>${block.items.map((item) => itemView(item, copy))}</ul>`
        : html`<ol start=${block.start}>${block.items.map((item) => itemView(item, copy))}</ol>`;
    case "table":
      return tableView(block.rows);
    case "rule":
      return html`<hr />`;
  }
}

function codeView({ text, language }: Block & { readonly kind: "code" }, copy: Copy): TemplateResult {
  return html`<figure aria-label=${language === "" ? l10n.t("Code") : l10n.t("Code, {0}", language)}>
    <figcaption>
      <span class="grow">${language}</span>${iconButton("copy", l10n.t("Copy code"), () => copy(text))}
    </figcaption>
    <code class="block">${text}</code>
  </figure>`;
}

function itemView({ blocks, isDone }: ListItem, copy: Copy): TemplateResult {
  const task =
    isDone === undefined
      ? nothing
      : html`<span role="img" aria-label=${isDone ? l10n.t("Done") : l10n.t("To do")}>${isDone ? "☑" : "☐"} </span>`;
  const [first, ...rest] = blocks;
  const views = rest.map((block) => blockView(block, copy));
  return first?.kind === "paragraph"
    ? html`<li>${task}${inlineViews(first.content)}${views}</li>`
    : html`<li>${task}${first === undefined ? nothing : blockView(first, copy)}${views}</li>`;
}

function tableView([head = [], ...rows]: readonly (readonly (readonly Inline[])[])[]): TemplateResult {
  return html`<table>
    <thead>
      <tr>${head.map((cell) => html`<th scope="col">${inlineViews(cell)}</th>`)}</tr>
    </thead>
    <tbody>
      ${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inlineViews(cell)}</td>`)}</tr>`)}
    </tbody>
  </table>`;
}

function inlineViews(content: readonly Inline[]): (TemplateResult | string)[] {
  return content.map(inlineView);
}

function inlineView(inline: Inline): TemplateResult | string {
  switch (inline.kind) {
    case "text":
      return inline.text;
    case "code":
      return html`<code>${inline.text}</code>`;
    case "strong":
      return html`<strong>${inlineViews(inline.content)}</strong>`;
    case "emphasis":
      return html`<em>${inlineViews(inline.content)}</em>`;
    case "deleted":
      return html`<del>${inlineViews(inline.content)}</del>`;
    case "break":
      return html`<br />`;
    case "link":
      return linkView(inline);
  }
}

/** Shows the target of a link if its text does not. The editor opens it like any link of a page. */
function linkView({ href, content }: Inline & { readonly kind: "link" }): TemplateResult {
  const [only, more] = content;
  const isHonest = more === undefined && only?.kind === "text" && isSameAddress(only.text, href);
  return html`<a href=${href} rel="noreferrer" title=${href}>${inlineViews(content)}</a>${
    isHonest ? nothing : html` <span class="target">(${targetOf(href)})</span>`
  }`;
}

function isSameAddress(text: string, href: string): boolean {
  return [text, `https://${text}`, `http://${text}`, `mailto:${text}`].some(
    (address) => URL.parse(address)?.href === href,
  );
}

/** The host, or the address of a mail: what a person needs to trust it. */
function targetOf(href: string): string {
  const { protocol, host, pathname } = new URL(href);
  return protocol === "mailto:" ? pathname : host;
}

export const markdownStyles = css`
  .markdown {
    white-space: normal;
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size, 13px);
  }
  .markdown > :first-child {
    margin-top: 0;
  }
  .markdown > :last-child {
    margin-bottom: 0;
  }
  .markdown p,
  .markdown ul,
  .markdown ol,
  .markdown table,
  .markdown figure,
  .markdown blockquote {
    margin: 0 0 8px;
  }
  .markdown p {
    white-space: pre-line;
  }
  .markdown .heading {
    margin-top: 12px;
    font-weight: 600;
  }
  .markdown ul {
    padding-left: 20px;
    list-style: disc;
  }
  .markdown ol {
    padding-left: 24px;
    list-style: decimal;
  }
  .markdown code {
    padding: 0 3px;
    border-radius: 3px;
    background: var(--kiro-card);
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: var(--vscode-editor-font-size, 12px);
  }
  .markdown figure {
    border: 1px solid var(--kiro-line);
    border-radius: 4px;
    background: var(--kiro-card);
  }
  .markdown figcaption {
    display: flex;
    align-items: center;
    padding: 0 2px 0 8px;
    color: var(--kiro-dim);
    font-size: 0.92em;
  }
  .markdown code.block {
    display: block;
    padding: 0 8px 6px;
    background: none;
    white-space: pre-wrap;
  }
  .markdown blockquote {
    padding-left: 10px;
    border-left: 3px solid var(--kiro-line);
  }
  .markdown table {
    border-collapse: collapse;
  }
  .markdown th,
  .markdown td {
    padding: 2px 8px;
    border: 1px solid var(--kiro-line);
    text-align: left;
  }
  .markdown hr {
    border: 0;
    border-top: 1px solid var(--kiro-line);
  }
  .markdown a {
    color: var(--vscode-textLink-foreground);
  }
  .markdown a:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  .markdown .target {
    color: var(--kiro-dim);
  }
`;
