import { html, nothing, type TemplateResult } from "lit";
import type { DashboardState } from "../contract/dashboard.ts";
import type { CliStatus } from "../../protocol/status.ts";
import type { UnavailableCause } from "../../protocol/unavailable.ts";
import { type Act, ifOffered } from "./act.ts";
import { plural } from "./look/format.ts";
import { icon, iconButton } from "./look/icons.ts";

const TRANSPORTS = { acp: "ACP", oneshot: "one-shot", pipe: "text pipe" } as const;

/** Texts for causes for which the Kiro CLI cannot be used. For others, the detail is shown. */
const CAUSES: Partial<Record<UnavailableCause, string>> = {
  "cli-missing": "Kiro CLI was not found on this machine. Set its path, or use the built-in simulator.",
  "cli-signed-out": "Kiro CLI is not logged in. Run “kiro-cli login” in a terminal.",
  "cli-incompatible": "Kiro CLI does not support what the bridge needs. Update it.",
  "cli-broken": "Kiro CLI exited unexpectedly.",
  "cli-ended": "Kiro CLI exited unexpectedly.",
  "cli-not-responding": "Kiro CLI is not responding.",
};

/** Renders the state of the Kiro CLI and, if there is a problem, the reason and a button that helps. */
export function cliPart({ cli }: DashboardState, act: Act): TemplateResult | typeof nothing {
  if (cli === undefined || cli.state === "off") return nothing;
  return html`<div class="part">
    <div class="row">
      ${icon(cli.state === "unavailable" ? "warning" : "comment-discussion", cli.state === "unavailable" ? "warn" : "dim")}
      <span class="name">Kiro CLI</span>
      <span class="cut grow dim" title=${cli.detail ?? ""}>${wordsOf(cli)}</span>
      ${cli.simulated === true ? html`<vscode-badge title="Answers are made up">Simulated</vscode-badge>` : nothing}
      <span class="actions">${ifOffered(
        act,
        "diagnose",
        iconButton("pulse", "Diagnose Kiro CLI", () => act("diagnose")),
      )}</span>
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

function unavailable({ cause, detail }: CliStatus, act: Act): TemplateResult {
  const isMissing = cause === "cli-missing";
  const hasSettings = isMissing || cause === undefined;
  const simulator = html`<vscode-button @click=${() => act("useSimulator")}>Use the Simulator</vscode-button>`;
  const diagnose = html`<vscode-button secondary @click=${() => act("diagnose")}>Diagnose</vscode-button>`;
  const settings = html`<vscode-button secondary @click=${() => act("openSettings")}>Open Settings</vscode-button>`;
  const log = html`<vscode-button secondary @click=${() => act("openLog")}>Open Log</vscode-button>`;
  return html`<div class="more small">
    <p>${(cause && CAUSES[cause]) ?? detail}</p>
    <div class="buttons">
      ${isMissing ? ifOffered(act, "useSimulator", simulator) : nothing} ${ifOffered(act, "diagnose", diagnose)}
      ${hasSettings ? ifOffered(act, "openSettings", settings) : ifOffered(act, "openLog", log)}
    </div>
  </div>`;
}
