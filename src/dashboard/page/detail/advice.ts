import * as l10n from "@vscode/l10n";
import type { DashboardMethod } from "../../contract/dashboard.ts";
import type { ErrorCode } from "../../../protocol/errors.ts";
import type { UnavailableCause } from "../../../protocol/unavailable.ts";

export interface Advice {
  readonly text: string;
  /** A button that helps. */
  readonly button?: AdviceButton | undefined;
}

interface AdviceButton {
  readonly label: string;
  readonly method: Extract<DashboardMethod, "diagnose" | "openSettings" | "openLog" | "restart" | "copyToken">;
}

const settings = (): AdviceButton => ({ label: l10n.t("Open Settings"), method: "openSettings" });
const log = (): AdviceButton => ({ label: l10n.t("Open Log"), method: "openLog" });
const diagnose = (): AdviceButton => ({ label: l10n.t("Diagnose Kiro CLI"), method: "diagnose" });

/** Advice on an error, by its code. */
const adviceByCode = (): Readonly<Record<ErrorCode, Advice>> => ({
  VALIDATION_FAILED: { text: l10n.t("The request does not match the API. The message names the field.") },
  AUTHENTICATION_FAILED: {
    text: l10n.t("The program sent no token, or one that is no longer valid."),
    button: { label: l10n.t("Copy Token"), method: "copyToken" },
  },
  ACCESS_DENIED: {
    text: l10n.t("A setting does not allow programs to run this. Check commands.allow and commands.deny."),
    button: settings(),
  },
  NOT_FOUND: { text: l10n.t("The command, session or execution does not exist or is no longer available.") },
  OPERATION_TIMEOUT: {
    text: l10n.t("It took longer than allowed. Send a longer timeoutMs, or raise the limit in the settings."),
    button: settings(),
  },
  CONFLICT: { text: l10n.t("An Idempotency-Key was reused with a different request. Use a new key for each request.") },
  PAYLOAD_TOO_LARGE: { text: l10n.t("Send a smaller request, or raise api.maxBodyBytes."), button: settings() },
  UNSUPPORTED_MEDIA_TYPE: { text: l10n.t("Send JSON, with the header Content-Type: application/json.") },
  RATE_LIMIT_EXCEEDED: {
    text: l10n.t("Too many requests at once. Wait until some of them have finished, or raise the limits."),
    button: settings(),
  },
  INTERNAL_ERROR: { text: l10n.t("This is a bug in the bridge. The log has details."), button: log() },
  CONFIGURATION_ERROR: { text: l10n.t("A setting is not valid. The log has details."), button: log() },
  KIRO_UNAVAILABLE: { text: l10n.t("See the message above."), button: log() },
  COMMAND_EXECUTION_FAILED: {
    text: l10n.t("The bridge sent the command; the command itself failed. See the message above."),
  },
});

/** Advice if Kiro is not available, by cause. */
const adviceByCause = (): Readonly<Record<UnavailableCause, Advice>> => ({
  "bridge-off": { text: l10n.t("The bridge is off. Start it, and send the request again.") },
  "bridge-starting": { text: l10n.t("The bridge was still starting. Send the request again.") },
  "bridge-stopping": { text: l10n.t("The bridge was stopping. Start it again, and send the request again.") },
  "window-gone": {
    text: l10n.t("Open the editor window again. Prompts for Kiro CLI run without it; editor commands do not."),
  },
  "workspace-untrusted": { text: l10n.t("Kiro CLI only runs in a trusted workspace. Trust the workspace first.") },
  "cli-missing": { text: l10n.t("Install Kiro CLI, or set cli.path in the settings."), button: settings() },
  "cli-signed-out": { text: l10n.t("Run “kiro-cli login” in a terminal, and send the prompt again.") },
  "cli-incompatible": {
    text: l10n.t("Update Kiro CLI, or choose another transport in the settings."),
    button: settings(),
  },
  "cli-broken": { text: l10n.t("Kiro CLI does not start. Diagnose it to find the cause."), button: diagnose() },
  "cli-not-responding": {
    text: l10n.t("Kiro CLI runs, but does not respond. Diagnose it to find the cause."),
    button: diagnose(),
  },
  "cli-ended": { text: l10n.t("The Kiro CLI process has ended. Send the prompt again; the bridge starts a new one.") },
  "cli-restarting": {
    text: l10n.t(
      "Kiro CLI crashed several times in a row and is not restarted for a while. Diagnose it to find the cause.",
    ),
    button: diagnose(),
  },
  "plugin-gone": {
    text: l10n.t("The plugin has ended, or lost its connection, during the call. Try again when it is back."),
  },
  "engine-unauthorized": {
    text: l10n.t("Run “Kiro Bridge: Set Key of a Model…” in the editor, and send the prompt again."),
  },
  "engine-forbidden": {
    text: l10n.t(
      "The key is valid, but not for this. Change its rights at the vendor, or set another key in the editor.",
    ),
  },
  "engine-overloaded": {
    text: l10n.t("The vendor of the model has trouble, or no capacity. Send the prompt again later."),
  },
  "engine-unreachable": {
    text: l10n.t("Check the network, and baseUrl of the engine in the settings."),
    button: settings(),
  },
  "engine-tls": {
    text: l10n.t("The certificate of the vendor is not trusted or not valid. The log has details."),
    button: log(),
  },
  "engine-clock": { text: l10n.t("Set the clock of the machine on which the editor's extensions run.") },
  "engine-protocol": {
    text: l10n.t("The address does not respond as a model does. Check baseUrl and wire of the engine in the settings."),
    button: settings(),
  },
  "engine-cut": { text: l10n.t("The connection ended before the answer did. Send the prompt again.") },
  "engine-silent": {
    text: l10n.t("The model said nothing for too long. Send the prompt again, or choose a model that begins sooner."),
    button: settings(),
  },
});

export function adviceFor(code: ErrorCode | undefined, cause?: UnavailableCause): Advice {
  return cause === undefined ? adviceByCode()[code ?? "COMMAND_EXECUTION_FAILED"] : adviceByCause()[cause];
}
