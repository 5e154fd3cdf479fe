import type { DashboardMethod } from "../protocol/dashboard.ts";
import type { ErrorCode } from "../protocol/errors.ts";

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
  VALIDATION_FAILED: { text: "The request is not as the interface describes it. The message names the field." },
  AUTHENTICATION_FAILED: {
    text: "The program sent no token, or an old one.",
    button: { label: "Copy Token", method: "copyToken" },
  },
  ACCESS_DENIED: {
    text: "A setting keeps this from being run from outside: see commands.allow and commands.deny.",
    button: settings,
  },
  NOT_FOUND: { text: "The command, session or execution does not exist, or no longer." },
  OPERATION_TIMEOUT: {
    text: "It took longer than allowed and was cancelled. Ask for a longer timeoutMs, or raise the limit.",
    button: settings,
  },
  CONFLICT: { text: "An Idempotency-Key was used again with another request. Take a new key for a new request." },
  PAYLOAD_TOO_LARGE: { text: "Send less, or raise api.maxBodyBytes.", button: settings },
  UNSUPPORTED_MEDIA_TYPE: { text: "Send JSON, with the header Content-Type: application/json." },
  RATE_LIMIT_EXCEEDED: {
    text: "Too much at once. Wait until some of it has ended, or raise the limits.",
    button: settings,
  },
  INTERNAL_ERROR: { text: "This is a fault of the bridge. The log tells more.", button: log },
  CONFIGURATION_ERROR: { text: "A setting does not fit. The log tells which.", button: log },
  KIRO_UNAVAILABLE: {
    text: "The message says what was missing. If it is the Kiro CLI, the diagnosis finds out why.",
    button: diagnose,
  },
  COMMAND_EXECUTION_FAILED: { text: "The bridge did its work; the command itself failed, with the message above." },
};

export function adviceFor(code: ErrorCode | undefined): Advice {
  return ADVICE[code ?? "COMMAND_EXECUTION_FAILED"];
}
