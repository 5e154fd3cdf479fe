import { html, nothing, type TemplateResult } from "lit";
import type { DashboardState } from "../contract/dashboard.ts";
import type { CliStatus } from "../../protocol/status.ts";
import type { Act } from "./act.ts";
import { plural } from "./look/format.ts";
import { icon, iconButton } from "./look/icons.ts";

const TRANSPORTS = { acp: "ACP", oneshot: "one-shot", pipe: "text pipe" } as const;
const REASONS = {
  not_installed: "Kiro CLI was not found on this machine. Set its path, or use the built-in simulator.",
  not_logged_in: "Kiro CLI is not logged in. Run “kiro-cli login” in a terminal.",
  not_running: "Kiro CLI exited unexpectedly.",
  not_responding: "Kiro CLI is not responding.",
} as const;

/** How the Kiro CLI is; where it is not well, why, and the button that helps. */
export function cliPart({ cli }: DashboardState, act: Act): TemplateResult | typeof nothing {
  if (cli === undefined || cli.state === "off") return nothing;
  return html`<div class="part">
    <div class="row">
      ${icon(cli.state === "unavailable" ? "warning" : "comment-discussion", cli.state === "unavailable" ? "warn" : "dim")}
      <span class="name">Kiro CLI</span>
      <span class="cut grow dim" title=${cli.detail ?? ""}>${wordsOf(cli)}</span>
      ${cli.simulated === true ? html`<vscode-badge title="Answers are made up">Simulated</vscode-badge>` : nothing}
      <span class="actions">${iconButton("pulse", "Diagnose Kiro CLI", () => act("diagnose"))}</span>
    </div>
    ${cli.state === "unavailable" ? unavailable(cli, act) : nothing}
  </div>`;
}

function wordsOf({ state, version, transport, sessions }: CliStatus): string {
  if (state === "unavailable") return "Not available";
  const words = [
    state === "ready" ? "Ready" : "Not used yet",
    transport && TRANSPORTS[transport],
    sessions > 0 ? plural(sessions, "session") : undefined,
    version?.replace(/^kiro-cli(-chat)?\s+/, ""),
  ];
  return words.filter((word) => word !== undefined).join(" · ");
}

function unavailable({ reason, detail }: CliStatus, act: Act): TemplateResult {
  const hasSettings = reason === "not_installed" || reason === undefined;
  return html`<div class="more small">
    <p>${reason === undefined ? detail : REASONS[reason]}</p>
    <div class="buttons">
      ${
        reason === "not_installed"
          ? html`<vscode-button @click=${() => act("useSimulator")}>Use the Simulator</vscode-button>`
          : nothing
      }
      <vscode-button secondary @click=${() => act("diagnose")}>Diagnose</vscode-button>
      ${
        hasSettings
          ? html`<vscode-button secondary @click=${() => act("openSettings")}>Open Settings</vscode-button>`
          : html`<vscode-button secondary @click=${() => act("openLog")}>Open Log</vscode-button>`
      }
    </div>
  </div>`;
}
