import { html, nothing, type TemplateResult } from "lit";
import { icon, iconButton } from "./look/icons.ts";

/** Explains why buttons are disabled. @param since time of the host's last response, up to which the page is correct */
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

/** Explains what went wrong, if there is a text. */
export function errorMessage(text: string, onDismiss: () => void): TemplateResult | typeof nothing {
  if (text === "") return nothing;
  return html`<div class="message" role="alert">
    ${icon("error", "bad")}<span class="grow">${text}</span> ${iconButton("close", "Dismiss", onDismiss)}
  </div>`;
}
