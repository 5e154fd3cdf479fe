import { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { ProcessExit } from "../process/kiroProcess.ts";

const LONGEST_QUOTE = 500;
/**
 * Matches only what the CLI itself writes at the start of a line of stderr, to which tools write too
 * (docs/kiro-cli.md#m25, #112-errors).
 */
const LOGGED_OUT = /^(?:error: )?(?:you are )?not logged in|log in with kiro-cli|^authentication error/imu;
const APPROVAL_REQUIRED = /^(?:error: )?tool approval required/imu;
const CLAP_USAGE = /^error: (?:unexpected argument|unrecognized subcommand|invalid value|a value is required)/imu;

/** Descriptions of specific exit codes (docs/kiro-cli.md#53-exit-codes). */
const MEANINGS: Readonly<Record<number, string>> = {
  3: "An MCP server could not be started. See the MCP settings of Kiro CLI.",
  4: "Kiro CLI does not know the requested agent. Check kiroBridge.cli.agent.",
};

export const notLoggedIn = (): BridgeError =>
  unavailable("cli-signed-out", "Kiro CLI is not logged in. Run 'kiro-cli login' in a terminal.");

/**
 * Converts the exit of the CLI without a complete answer to an error: KIRO_UNAVAILABLE if the user has to fix it first,
 * else COMMAND_EXECUTION_FAILED with `{exitCode, signal, stderr}` (docs/kiro-cli.md#m17).
 * @param when "start" if no prompt was sent yet, so that nothing can have been done
 */
export function failureOf(exit: ProcessExit, when: "start" | "turn"): BridgeError {
  const { code, signal, stderrTail } = exit;
  if (code !== 0 && LOGGED_OUT.test(stderrTail)) return notLoggedIn();
  if (code === 2 && CLAP_USAGE.test(stderrTail)) return flagsRefused(stderrTail);
  const said = lastLineSentence(stderrTail);
  if (when === "start") return unavailable("cli-broken", `Kiro CLI exited during startup (${endingOf(exit)}).${said}`);
  const message = `${meaningOf(exit)}${said}`;
  return new BridgeError("COMMAND_EXECUTION_FAILED", message, { exitCode: code, signal, stderr: stderrTail });
}

/** Returns "exit code 1" or "SIGKILL". */
export function endingOf({ code, signal }: Pick<ProcessExit, "code" | "signal">): string {
  return signal ?? `exit code ${code ?? "unknown"}`;
}

/** Returns the last line of stderr, shortened for a message, or "". */
export function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1)?.trim().slice(0, LONGEST_QUOTE) ?? "";
}

/** Returns the last line of stderr as a sentence for a message, or "". */
export function lastLineSentence(stderr: string): string {
  return printed(lastLine(stderr));
}

function printed(line: string): string {
  return line === "" ? "" : ` It printed: '${line}'.`;
}

function meaningOf(exit: ProcessExit): string {
  if (APPROVAL_REQUIRED.test(exit.stderrTail)) {
    return "Kiro CLI needs approval to use a tool, but cannot ask for it in one-shot mode. Add the tool to kiroBridge.cli.trustTools, or use the ACP transport.";
  }
  const meaning = exit.code === null ? undefined : MEANINGS[exit.code];
  return meaning ?? `Kiro CLI exited before its answer was complete (${endingOf(exit)}).`;
}

function flagsRefused(stderr: string): BridgeError {
  return unavailable(
    "cli-incompatible",
    `Kiro CLI does not support the required flags. Update Kiro CLI.${firstLine(stderr)}`,
  );
}

function firstLine(stderr: string): string {
  return printed((CLAP_USAGE.exec(stderr)?.input ?? "").trim().split("\n")[0]?.slice(0, LONGEST_QUOTE) ?? "");
}
