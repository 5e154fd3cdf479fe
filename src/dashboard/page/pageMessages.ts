import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { clock } from "./look/format.ts";
import { icon, iconButton } from "./look/icons.ts";

/** Explains why buttons are disabled. @param since time of the host's last response, up to which the page is correct */
export function lostConnection(since: number): TemplateResult {
  return html`<div class="message" role="alert">
    ${icon("debug-disconnect", "bad")}
    <span class="grow">
      <b>${l10n.t("Connection lost.")}</b>
      ${l10n.t("The extension host has stopped or is not responding. This page shows the state at {0}, and reconnects automatically. If it does not, run “Developer: Reload Window”.", clock(new Date(since).toISOString()))}
    </span>
  </div>`;
}

/** Explains what went wrong, if there is a text. */
export function errorMessage(text: string, onDismiss: () => void): TemplateResult | typeof nothing {
  if (text === "") return nothing;
  return html`<div class="message" role="alert">
    ${icon("error", "bad")}<span class="grow">${text}</span> ${iconButton("close", l10n.t("Dismiss"), onDismiss)}
  </div>`;
}
