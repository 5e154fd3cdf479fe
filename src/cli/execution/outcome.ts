import { type ExitCode, exitCodeOf, exitCodes } from "../exitCodes.ts";
import type { Cli } from "../cli.ts";
import { plainText } from "../output/plainText.ts";
import { shownDuration } from "../output/duration.ts";

/** The end of an execution. */
export interface Outcome {
  readonly status: string;
  readonly executionId: string;
  readonly error?: string | undefined;
  readonly code?: string | undefined;
  readonly cause?: string | undefined;
  readonly executionTimeMs?: number | undefined;
}

export function exitCodeOfOutcome({ status, code, cause }: Outcome): ExitCode {
  if (status === "completed") return exitCodes.done.code;
  return status === "cancelled" ? exitCodes.cancelled.code : exitCodeOf(code, cause);
}

/** Notes the end of an execution: for a person at a terminal in any case, else only if it is no success. */
export function noteOutcome({ out }: Cli, outcome: Outcome): void {
  const { status, executionId, error, executionTimeMs } = outcome;
  const { green, red, yellow, dim } = out.noteStyle;
  const time = executionTimeMs === undefined ? "" : ` in ${shownDuration(executionTimeMs)}`;
  const id = dim(plainText(executionId));
  if (status === "completed") {
    if (process.stderr.isTTY) out.note(`${green("✓")} completed${time} ${id}`);
  } else if (status === "cancelled") {
    out.note(`${yellow("cancelled")} ${id}`);
  } else {
    out.error(`${red(`${plainText(status)}:`)} ${plainText(error ?? "no reason was given")} ${id}`);
  }
}
