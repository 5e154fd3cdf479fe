import { css, unsafeCSS } from "lit";

/** Styles shared by all components. All colors are those of the theme (see dashboard.css). */
export const shared = css`
  :host {
    display: block;
    min-width: 0;
  }
  *,
  *::before {
    box-sizing: border-box;
  }
  h2 {
    margin: 0;
    font-size: 11px;
    font-weight: 700;
    letter-spacing: 0.04em;
    text-transform: uppercase;
    color: var(--kiro-heading);
  }
  h3,
  p {
    margin: 0;
    font-size: inherit;
    font-weight: inherit;
  }
  ul,
  ol {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .icon {
    font: normal 16px/1 codicon;
    flex: none;
    display: inline-block;
    text-align: center;
    -webkit-font-smoothing: antialiased;
  }
  .spin {
    animation: spin 1.4s linear infinite;
  }
  @keyframes spin {
    to {
      transform: rotate(360deg);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .spin {
      animation: none;
    }
  }
  .icon-button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    flex: none;
    width: 24px;
    height: 24px;
    padding: 0;
    border: 1px solid transparent;
    border-radius: 5px;
    background: none;
    color: var(--vscode-icon-foreground, inherit);
    cursor: pointer;
  }
  .icon-button:hover {
    background: var(--vscode-toolbar-hoverBackground);
    outline: 1px dashed var(--vscode-toolbar-hoverOutline, transparent);
    outline-offset: -1px;
  }
  button:focus-visible,
  [tabindex]:focus-visible,
  select:focus-visible,
  input:focus-visible,
  vscode-button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .dim {
    color: var(--kiro-dim);
  }
  .small {
    font-size: 0.92em;
  }
  .number {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .good {
    color: var(--kiro-good);
  }
  .bad {
    color: var(--kiro-bad);
  }
  .warn {
    color: var(--kiro-warn);
  }
  .busy {
    color: var(--kiro-busy);
  }
  .card {
    border: 1px solid var(--kiro-line);
    border-radius: 6px;
    background: var(--kiro-card);
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  /* A label that is longer than a narrow side bar gets a second line. */
  vscode-button {
    max-width: 100%;
  }
  vscode-button > span {
    white-space: normal;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** Styles of input fields, as in the settings editor. */
export const fields = css`
  input,
  select {
    width: 100%;
    height: 26px;
    padding: 0 6px;
    border: 1px solid var(--vscode-settings-textInputBorder, var(--vscode-input-border, var(--kiro-line)));
    border-radius: 4px;
    background: var(--vscode-input-background);
    color: var(--vscode-input-foreground);
    font: inherit;
  }
  input::placeholder {
    color: var(--vscode-input-placeholderForeground);
    opacity: 1;
  }
`;

const names = ["Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"];
const variables = [...names, ...names.map((name) => `Bright${name}`)].map((name) => `--vscode-terminal-ansi${name}`);

/**
 * The terminal's colors for `ansiText`. They are meant for the background of the terminal: mixing in the foreground
 * gives them a contrast of 4.5 in every default theme, like the terminal's minimum contrast ratio.
 */
export const ansi = unsafeCSS(
  `${variables.map(colourClasses).join("")}
.bold{font-weight:700}.dim{opacity:.8}.italic{font-style:italic}.underline{text-decoration:underline}`,
);

function colourClasses(name: string, index: number): string {
  const share = index < 8 ? 50 : 65;
  return `.fg-${index}{color:color-mix(in srgb,var(${name}) ${share}%,var(--vscode-foreground))}.bg-${index}{background:color-mix(in srgb,var(${name}) 30%,transparent)}`;
}
