import type { DashboardMethod } from "../../contract/dashboard.ts";
import type { ErrorCode } from "../../../protocol/errors.ts";

export interface Advice {
  readonly text: string;
  /** A way out, as a button. */
  readonly button?: {
    readonly label: string;
    readonly method: Extract<DashboardMethod, "diagnose" | "openSettings" | "openLog" | "restart" | "copyToken">;
  };
}

const settings = { label: "Open Settings", method: "openSettings" } as const;
const log = { label: "Open Log", method: "openLog" } as const;
const diagnose = { label: "Diagnose Kiro CLI", method: "diagnose" } as const;

/** What to do about an error, by its code. */
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
  KIRO_UNAVAILABLE: {
    text: "See the message above. If the problem is Kiro CLI, diagnose it to find the cause.",
    button: diagnose,
  },
  COMMAND_EXECUTION_FAILED: { text: "The bridge sent the command; the command itself failed. See the message above." },
};

export function adviceFor(code: ErrorCode | undefined): Advice {
  return ADVICE[code ?? "COMMAND_EXECUTION_FAILED"];
}
