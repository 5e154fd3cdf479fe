import { silentLogger } from "../../../base/logger.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { ModelFailure } from "../../../core/models/modelFailure.ts";
import { type RunResult, runToEnd } from "../../kiro/process/runToEnd.ts";
import { quoted } from "../../../core/network/vendorText.ts";
import { keyIn } from "./keyIn.ts";

const COMMAND_MS = 15_000;

export interface CommandKeyOptions {
  /** The ID of the engine. */
  readonly id: string;
  readonly cwd: string;
  readonly guard?: ProcessGuard | undefined;
  readonly redact: (text: string) => string;
  /** Default: 15 s. */
  readonly timeoutMs?: number;
}

/**
 * Runs a command without a shell, and returns the key that it prints as its only line. Its process group has ended when this
 * settles.
 * @throws ModelFailure with what to do; the signal's reason
 */
export async function commandKey(
  [command = "", ...args]: readonly string[],
  options: CommandKeyOptions,
  signal: AbortSignal,
): Promise<string> {
  const { id, cwd, guard, redact, timeoutMs = COMMAND_MS } = options;
  const origin = `The command for the key of the engine '${id}'`;
  const program = { command, leadingArgs: args, env: {}, isSimulated: false };
  const run = runToEnd(program, [], { cwd, guard, logger: silentLogger, timeoutMs }, signal);
  const result = await run.catch((): undefined => undefined);
  signal.throwIfAborted();
  if (result === undefined) throw failed(`${origin} cannot be started. Set the absolute path of its program.`);
  if (result === "late") throw failed(`${origin} did not end within ${timeoutMs / 1000} s. Does it wait for an input?`);
  if (result.code !== 0) throw failed(`${origin} failed${codeOf(result)}.${lastLine(result.stderr, redact)}`);
  return keyIn(result.stdout, `What the command of the engine '${id}' prints`);
}

function failed(sentence: string): ModelFailure {
  return new ModelFailure("unauthorized", sentence);
}

function codeOf({ code }: RunResult): string {
  return code === null ? "" : ` with exit code ${code}`;
}

function lastLine(stderr: string, redact: (text: string) => string): string {
  return quoted(stderr.trimEnd().split("\n").at(-1), redact);
}
