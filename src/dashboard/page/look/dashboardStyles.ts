import { css } from "lit";

export const dashboardStyles = css`
  :host {
    --kiro-page: var(--vscode-sideBar-background);
    --kiro-grid: color-mix(in srgb, var(--vscode-foreground) 12%, transparent);
    display: flex;
    flex-direction: column;
    height: 100vh;
    background: var(--kiro-page);
  }
  :host([place="panel"]) {
    --kiro-page: var(--vscode-editor-background);
  }
  .page {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-height: 0;
  }
  .page[inert] {
    opacity: 0.5;
  }
  .progress {
    position: absolute;
    inset: 0 0 auto;
    height: 2px;
    overflow: hidden;
    z-index: 2;
  }
  .progress::before {
    content: "";
    position: absolute;
    inset: 0;
    width: 25%;
    background: var(--kiro-accent);
    animation: pass 1.6s linear infinite;
  }
  @keyframes pass {
    from {
      transform: translateX(-100%);
    }
    to {
      transform: translateX(400%);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .progress::before {
      width: 100%;
      animation: none;
    }
  }
  .message {
    display: flex;
    align-items: start;
    gap: 8px;
    margin: 8px 10px 0;
    padding: 6px 6px 6px 10px;
    border: 1px solid var(--vscode-inputValidation-errorBorder, var(--kiro-bad));
    border-radius: 4px;
    background: var(--vscode-inputValidation-errorBackground, transparent);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
    overflow-wrap: anywhere;
  }
  .message .icon {
    margin-top: 3px;
  }
  .message .grow {
    flex: 1;
    padding-top: 3px;
  }
  kiro-header {
    padding: 8px 10px 0;
  }
  .windows {
    margin: 8px 10px 0;
  }
  .wide .windows {
    margin: 8px 0 0;
  }
  .windows select {
    flex: 0 1 auto;
    min-width: 0;
    height: 24px;
    padding: 0 2px;
    border: 1px solid var(--vscode-settings-dropdownBorder, var(--vscode-dropdown-border, var(--kiro-line)));
    border-radius: 4px;
    background: var(--vscode-dropdown-background);
    color: var(--vscode-dropdown-foreground);
    font: inherit;
  }
  .tabs {
    display: flex;
    flex-wrap: wrap;
    margin: 6px 10px 0;
    border-bottom: 1px solid var(--kiro-line);
  }
  .tab {
    flex: 0 1 auto;
    padding: 6px 6px;
    border: 0;
    border-bottom: 1px solid transparent;
    margin-bottom: -1px;
    background: none;
    color: var(--vscode-panelTitle-inactiveForeground, var(--kiro-dim));
    font: inherit;
    white-space: nowrap;
    cursor: pointer;
  }
  .tab:hover {
    color: var(--vscode-panelTitle-activeForeground, var(--vscode-foreground));
  }
  .tab[aria-selected="true"] {
    color: var(--vscode-panelTitle-activeForeground, var(--vscode-foreground));
    border-bottom-color: var(--vscode-panelTitle-activeBorder, var(--vscode-focusBorder));
  }
  vscode-badge {
    margin-left: 4px;
  }
  .panel {
    flex: 1;
    min-height: 0;
    padding: 8px 10px 10px;
    overflow: hidden auto;
  }
  .panel.fixed {
    overflow: hidden;
  }
  .wide {
    flex: 1;
    min-height: 0;
    display: grid;
    grid-template-columns: clamp(320px, 34%, 420px) minmax(0, 1fr);
    gap: 0 20px;
    width: 100%;
    max-width: 1600px;
    margin: 0 auto;
    padding: 4px 14px 14px;
    box-sizing: border-box;
  }
  .wide kiro-header {
    padding: 8px 0 0;
  }
  .column {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    overflow: hidden auto;
  }
  .asking:not(:empty) {
    margin-top: 8px;
  }
  .column.right {
    overflow: hidden;
  }
  .wide h2 {
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 16px 0 8px;
  }
  .wide h2 .dim {
    font-weight: 400;
    letter-spacing: normal;
    text-transform: none;
  }
  .split {
    flex: 1;
    min-height: 160px;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px;
  }
  .split.two {
    grid-template-columns: minmax(240px, 2fr) minmax(0, 3fr);
  }
  .split > * {
    min-width: 0;
    min-height: 0;
  }
`;
