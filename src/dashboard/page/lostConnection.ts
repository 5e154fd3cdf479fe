import { html, type TemplateResult } from "lit";
import { icon } from "./look/icons.ts";

/** Says why nothing can be pressed. @param since when the host last answered: up to then the page is true */
export function lostConnection(since: number): TemplateResult {
  return html`<div class="message" role="alert">
    ${icon("debug-disconnect", "bad")}
    <span class="grow">
      <b>Connection lost.</b> The extension host has stopped or is not responding. This page shows the state at
      ${new Date(since).toLocaleTimeString()}, and reconnects automatically. If it does not, run
      “Developer: Reload Window”.
    </span>
  </div>`;
}
