import type { DashboardMethod } from "../../contract/dashboard.ts";
import type { ErrorCode } from "../../../protocol/errors.ts";
import type { UnavailableCause } from "../../../protocol/unavailable.ts";

export interface Advice {
  readonly text: string;
  /** A button that helps. */
  readonly button?: {
    readonly label: string;
    readonly method: Extract<DashboardMethod, "diagnose" | "openSettings" | "openLog" | "restart" | "copyToken">;
  };
}

const settings = { label: "Open Settings", method: "openSettings" } as const;
const log = { label: "Open Log", method: "openLog" } as const;
const diagnose = { label: "Diagnose Kiro CLI", method: "diagnose" } as const;

/** Advice on an error, by its code. */
const ADVICE: Readonly<Record<ErrorCode, Advice>> = {
  VALIDATION_FAILED: { text: "The request does not match the API. The message names the field." },
  AUTHENTICATION_FAILED: {
    text: "The program sent no token, or one that is no longer valid.",
    button: { label: "Copy Token", method: "copyToken" },
  },
  ACCESS_DENIED: {
    text: "A setting does not allow programs to run this. Check commands.allow and commands.deny.",
    button: settings,
  },
  NOT_FOUND: { text: "The command, session or execution does not exist or is no longer available." },
  OPERATION_TIMEOUT: {
    text: "It took longer than allowed. Send a longer timeoutMs, or raise the limit in the settings.",
    button: settings,
  },
  CONFLICT: { text: "An Idempotency-Key was reused with a different request. Use a new key for each request." },
  PAYLOAD_TOO_LARGE: { text: "Send a smaller request, or raise api.maxBodyBytes.", button: settings },
  UNSUPPORTED_MEDIA_TYPE: { text: "Send JSON, with the header Content-Type: application/json." },
  RATE_LIMIT_EXCEEDED: {
    text: "Too many requests at once. Wait until some of them have finished, or raise the limits.",
    button: settings,
  },
  INTERNAL_ERROR: { text: "This is a bug in the bridge. The log has details.", button: log },
  CONFIGURATION_ERROR: { text: "A setting is not valid. The log has details.", button: log },
  KIRO_UNAVAILABLE: { text: "See the message above.", button: log },
  COMMAND_EXECUTION_FAILED: { text: "The bridge sent the command; the command itself failed. See the message above." },
};

/** Advice if Kiro is not available, by cause. */
const CAUSES: Readonly<Record<UnavailableCause, Advice>> = {
  "bridge-off": { text: "The bridge is off. Start it, and send the request again." },
  "bridge-starting": { text: "The bridge was still starting. Send the request again." },
  "bridge-stopping": { text: "The bridge was stopping. Start it again, and send the request again." },
  "window-gone": { text: "Open the editor window again. Prompts for Kiro CLI run without it; editor commands do not." },
  "workspace-untrusted": { text: "Kiro CLI only runs in a trusted workspace. Trust the workspace first." },
  "cli-missing": { text: "Install Kiro CLI, or set cli.path in the settings.", button: settings },
  "cli-signed-out": { text: "Run “kiro-cli login” in a terminal, and send the prompt again." },
  "cli-incompatible": { text: "Update Kiro CLI, or choose another transport in the settings.", button: settings },
  "cli-broken": { text: "Kiro CLI does not start. Diagnose it to find the cause.", button: diagnose },
  "cli-not-responding": {
    text: "Kiro CLI runs, but does not respond. Diagnose it to find the cause.",
    button: diagnose,
  },
  "cli-ended": { text: "The Kiro CLI process has ended. Send the prompt again; the bridge starts a new one." },
  "cli-restarting": {
    text: "Kiro CLI crashed several times in a row and is not restarted for a while. Diagnose it to find the cause.",
    button: diagnose,
  },
  "plugin-gone": { text: "The plugin has ended, or lost its connection, during the call. Try again when it is back." },
  "engine-unauthorized": { text: "Run “Kiro Bridge: Set Key of a Model…” in the editor, and send the prompt again." },
  "engine-forbidden": {
    text: "The key is valid, but not for this. Change its rights at the vendor, or set another key in the editor.",
  },
  "engine-overloaded": { text: "The vendor of the model has trouble, or no capacity. Send the prompt again later." },
  "engine-unreachable": { text: "Check the network, and baseUrl of the engine in the settings.", button: settings },
  "engine-tls": {
    text: "The certificate of the vendor is not trusted or not valid. The log has details.",
    button: log,
  },
  "engine-clock": { text: "Set the clock of the machine on which the editor's extensions run." },
  "engine-protocol": {
    text: "The address does not respond as a model does. Check baseUrl and wire of the engine in the settings.",
    button: settings,
  },
  "engine-cut": { text: "The connection ended before the answer did. Send the prompt again." },
  "engine-silent": {
    text: "The model said nothing for too long. Send the prompt again, or choose a model that begins sooner.",
    button: settings,
  },
};

export function adviceFor(code: ErrorCode | undefined, cause?: UnavailableCause): Advice {
  return cause === undefined ? ADVICE[code ?? "COMMAND_EXECUTION_FAILED"] : CAUSES[cause];
}
