import { isKiroBridgeError, type KiroBridgeError } from "../client/index.ts";

/** The exit codes, and their meanings as `--help` and docs/cli.md print them. */
export const exitCodes = {
  done: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "the command failed" },
  unreachable: { code: 2, meaning: "the bridge cannot be reached, or is starting or stopping" },
  refused: { code: 3, meaning: "refused: the token is missing or wrong, or lacks a permission" },
  timedOut: { code: 4, meaning: "it took too long" },
  usage: { code: 64, meaning: "wrong usage: an unknown option, a missing argument …" },
  cannotListen: { code: 69, meaning: "serve: it cannot listen, or another program has taken its address" },
  configuration: { code: 78, meaning: "serve: the file or the variables with the settings are not valid" },
  closed: { code: 129, meaning: "serve: ended at once by a second signal, after the terminal was closed" },
  cancelled: {
    code: 130,
    meaning: "cancelled, with Ctrl+C or by someone else; serve: ended at once by a second Ctrl+C",
  },
  terminated: { code: 143, meaning: "serve: ended at once by a second SIGTERM" },
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]["code"];

/** Ends a command with an exit code, and tells the user why. */
export class CliFailure extends Error {
  override readonly name = "CliFailure";
  readonly exitCode: ExitCode;
  /** A next step for the user. */
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** Creates the failure of a command line that is wrong although its options are known. */
export function usageFailure(message: string, hint?: string): CliFailure {
  return new CliFailure(exitCodes.usage.code, message, hint);
}

/** The codes of errors, in responses and in executions, that have an exit code of their own. */
const codesOfErrors: Readonly<Record<string, ExitCode>> = {
  NETWORK_ERROR: exitCodes.unreachable.code,
  INVALID_RESPONSE: exitCodes.unreachable.code,
  CIRCUIT_OPEN: exitCodes.unreachable.code,
  AUTHENTICATION_FAILED: exitCodes.refused.code,
  ACCESS_DENIED: exitCodes.refused.code,
  OPERATION_TIMEOUT: exitCodes.timedOut.code,
};
const BRIDGE_CAUSES: readonly unknown[] = ["bridge-off", "bridge-starting", "bridge-stopping"];

/** Returns the exit code of an error by its code, and the cause of a `KIRO_UNAVAILABLE`. */
export function exitCodeOf(code: string | undefined, cause: unknown): ExitCode {
  if (code === "KIRO_UNAVAILABLE" && BRIDGE_CAUSES.includes(cause)) return exitCodes.unreachable.code;
  return codesOfErrors[code ?? ""] ?? exitCodes.failed.code;
}

/** Everything that a user, or with `--json` a program, is told of a failure. */
export interface FailureReport {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly recoverable?: boolean;
  readonly executionId?: string | undefined;
  readonly context?: unknown;
}

/** Converts whatever a command has thrown. */
export function reportOf(error: unknown): FailureReport {
  if (error instanceof CliFailure)
    return { exitCode: error.exitCode, code: nameOf(error.exitCode), message: error.message, hint: error.hint };
  if (isKiroBridgeError(error)) return reportOfBridge(error);
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: exitCodes.failed.code, code: "UNEXPECTED", message };
}

function reportOfBridge(error: KiroBridgeError): FailureReport {
  const { code, message, recoverable, executionId, context } = error;
  const exitCode = exitCodeOf(code, context?.["cause"]);
  return { exitCode, code, message, hint: hintOf(error), recoverable, executionId, context };
}

/** Names a failure of the command line itself for programs. */
function nameOf(exitCode: ExitCode): string {
  const [name = "failed"] = Object.entries(exitCodes).find(([, { code }]) => code === exitCode) ?? [];
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

const DOCTOR = "Run 'kiro-bridge doctor' to find out why.";

/** Returns a next step for the errors that have one. */
function hintOf({ code, context }: KiroBridgeError): string | undefined {
  if (code === "NETWORK_ERROR" || code === "INVALID_RESPONSE") return DOCTOR;
  if (code === "AUTHENTICATION_FAILED")
    return "Ask for a token with 'kiro-bridge pair --save', or put one into KIRO_BRIDGE_TOKEN.";
  if (code !== "ACCESS_DENIED") return undefined;
  const { rule, scope, setting } = context ?? {};
  if (rule === "scope") return `The token lacks the permission ${String(scope)}.`;
  if (rule === "host") return "Add the host to the setting kiroBridge.api.allowedHosts, or use 127.0.0.1.";
  return typeof setting === "string" ? `The setting ${setting} decides this.` : undefined;
}
