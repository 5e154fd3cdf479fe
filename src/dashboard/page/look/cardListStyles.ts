import { css } from "lit";

/** Styles of lists of cards with several lines. */
export const cardListStyles = css`
  .card > li {
    padding: 6px 8px 6px 10px;
  }
  .card > li + li {
    border-top: 1px solid var(--kiro-line);
  }
  .top {
    align-items: start;
  }
  .words {
    overflow-wrap: anywhere;
  }
  summary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
`;
