import { css } from "lit";
import { cardListStyles } from "../look/cardListStyles.ts";

/** Styles of the lists on the Plugins page. */
export const pluginStyles = css`
  ${cardListStyles}
  .facts {
    margin: 6px 2px 0;
    white-space: normal;
  }
  h3 {
    margin: 14px 0 6px;
    font-weight: 600;
  }
  summary {
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  details.reasons ul {
    margin: 4px 0 0 16px;
    list-style: disc;
  }
  .buttons {
    margin-top: 6px;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    table-layout: fixed;
  }
  th,
  td {
    padding: 2px 4px;
    text-align: end;
    font-weight: 400;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  th:first-child {
    text-align: start;
  }
  th:nth-child(2) {
    width: 3.4em;
  }
  th:nth-child(3) {
    width: 5.4em;
  }
  th:nth-child(4) {
    width: 5.8em;
  }
  thead th {
    color: var(--kiro-dim);
  }
`;
