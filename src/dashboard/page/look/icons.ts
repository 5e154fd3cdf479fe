import { html, type TemplateResult } from "lit";

/** The codicons in use, by their names in the editor; a test verifies their code points. */
const ICONS = {
  add: "\uea60",
  "arrow-left": "\uea9b",
  check: "\ueab2",
  "circle-large-outline": "\uebb5",
  "circle-slash": "\ueabd",
  close: "\uea76",
  "comment-discussion": "\ueac7",
  copy: "\uebcc",
  "debug-disconnect": "\uead0",
  "debug-restart": "\uead2",
  "debug-start": "\uead3",
  error: "\uea87",
  export: "\uebac",
  extensions: "\ueae6",
  "folder-opened": "\ueaf7",
  gear: "\ueaf8",
  globe: "\ueb01",
  history: "\uea82",
  info: "\uea74",
  key: "\ueb11",
  inbox: "\ueb09",
  "link-external": "\ueb14",
  loading: "\ueb19",
  "multiple-windows": "\ueb23",
  output: "\ueb9d",
  pass: "\ueba4",
  pulse: "\ueb31",
  question: "\ueb32",
  "radio-tower": "\ueb34",
  references: "\ueb36",
  search: "\uea6d",
  shield: "\ueb53",
  "stop-circle": "\ueba5",
  terminal: "\uea85",
  tools: "\ueb6d",
  trash: "\uea81",
  warning: "\uea6c",
  watch: "\ueb7c",
} as const;

export type IconName = keyof typeof ICONS;

/** Renders an icon that is hidden from screen readers, because it has a label next to it. */
export function icon(name: IconName, className = ""): TemplateResult {
  return html`<span class="icon ${className}" aria-hidden="true">${ICONS[name]}</span>`;
}

/** Renders an icon button. `label` is its accessible name and tooltip. */
export function iconButton(name: IconName, label: string, onClick: (event: Event) => unknown): TemplateResult {
  return html`<button class="icon-button" type="button" title=${label} aria-label=${label} @click=${onClick}>
    ${icon(name)}
  </button>`;
}
