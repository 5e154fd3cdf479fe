import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { DashboardState } from "../contract/dashboard.ts";
import type { CliStatus } from "../../protocol/status.ts";
import type { UnavailableCause } from "../../protocol/unavailable.ts";
import { type Act, ifOffered } from "./act.ts";
import { count } from "./look/format.ts";
import { plural } from "./l10n/language.ts";
import { icon, iconButton } from "./look/icons.ts";

/** Returns the text for a cause for which the Kiro CLI cannot be used; undefined for others, whose detail is shown. */
function textOf(cause: UnavailableCause | undefined): string | undefined {
  switch (cause) {
    case "cli-missing":
      return l10n.t("Kiro CLI was not found on this machine. Set its path, or use the built-in simulator.");
    case "cli-signed-out":
      return l10n.t("Kiro CLI is not logged in. Run “kiro-cli login” in a terminal.");
    case "cli-incompatible":
      return l10n.t("Kiro CLI does not support what the bridge needs. Update it.");
    case "cli-broken":
    case "cli-ended":
      return l10n.t("Kiro CLI exited unexpectedly.");
    case "cli-not-responding":
      return l10n.t("Kiro CLI is not responding.");
    default:
      return undefined;
  }
}

/** Renders the state of the Kiro CLI and, if there is a problem, the reason and a button that helps. */
export function cliPart({ cli }: DashboardState, act: Act): TemplateResult | typeof nothing {
  if (cli === undefined || cli.state === "off") return nothing;
  return html`<div class="part">
    <div class="row">
      ${icon(cli.state === "unavailable" ? "warning" : "comment-discussion", cli.state === "unavailable" ? "warn" : "dim")}
      <span class="name">Kiro CLI</span>
      <span class="cut grow dim" title=${cli.detail ?? ""}>${wordsOf(cli)}</span>
      ${cli.simulated === true ? html`<vscode-badge title=${l10n.t("Answers are made up")}>${l10n.t("Simulated")}</vscode-badge>` : nothing}
      <span class="actions">${ifOffered(
        act,
        "diagnose",
        iconButton("pulse", l10n.t("Diagnose Kiro CLI"), () => act("diagnose")),
      )}</span>
    </div>
    ${cli.state === "unavailable" ? unavailable(cli, act) : nothing}
  </div>`;
}

function wordsOf({ state, version, transport, sessions }: CliStatus): string {
  if (state === "unavailable") return l10n.t("Not available");
  const words = [
    state === "ready" ? l10n.t("Ready") : l10n.t("Not used yet"),
    transport && transportWord(transport),
    sessions > 0 ? sessionWords(sessions) : undefined,
    version?.replace(/^kiro-cli(-chat)?\s+/, ""),
  ];
  return words.filter((word) => word !== undefined).join(" · ");
}

function transportWord(transport: NonNullable<CliStatus["transport"]>): string {
  if (transport === "acp") return "ACP";
  return transport === "oneshot" ? l10n.t("one-shot") : l10n.t("text pipe");
}

export function sessionWords(sessions: number): string {
  return plural(sessions, l10n.t("{0} session", count(sessions)), l10n.t("{0} sessions", count(sessions)));
}

function unavailable({ cause, detail }: CliStatus, act: Act): TemplateResult {
  const isMissing = cause === "cli-missing";
  const hasSettings = isMissing || cause === undefined;
  const simulator = html`<vscode-button @click=${() => act("useSimulator")}>${l10n.t("Use the Simulator")}</vscode-button>`;
  const diagnose = html`<vscode-button secondary @click=${() => act("diagnose")}>${l10n.t("Diagnose")}</vscode-button>`;
  const settings = html`<vscode-button secondary @click=${() => act("openSettings")}>${l10n.t("Open Settings")}</vscode-button>`;
  const log = html`<vscode-button secondary @click=${() => act("openLog")}>${l10n.t("Open Log")}</vscode-button>`;
  return html`<div class="more small">
    <p>${textOf(cause) ?? detail}</p>
    <div class="buttons">
      ${isMissing ? ifOffered(act, "useSimulator", simulator) : nothing} ${ifOffered(act, "diagnose", diagnose)}
      ${hasSettings ? ifOffered(act, "openSettings", settings) : ifOffered(act, "openLog", log)}
    </div>
  </div>`;
}
