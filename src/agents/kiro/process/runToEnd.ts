import { abortable, within } from "../../../base/deadline.ts";
import type { CliProgram } from "../../agent.ts";
import { type ProcessOptions, startKiroProcess } from "./kiroProcess.ts";

/** Maximum number of bytes of output to keep. */
const MAX_OUTPUT_BYTES = 65_536;

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the CLI once with empty input and collects its output. Returns "late" if it was killed after `timeoutMs`.
 * @throws BridgeError as `startKiroProcess` does, or the signal's reason, when no process is left running
 */
export async function runToEnd(
  program: CliProgram,
  args: readonly string[],
  options: ProcessOptions & { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<RunResult | "late"> {
  signal.throwIfAborted();
  const process = await startKiroProcess(program, args, options);
  const pieces: Buffer[] = [];
  let length = 0;
  process.stdout.on("data", (bytes: Buffer) => {
    if (length < MAX_OUTPUT_BYTES) pieces.push(bytes.subarray(0, MAX_OUTPUT_BYTES - length));
    length += bytes.length;
  });
  process.endInput();
  try {
    const exit = await abortable(within(process.exited, options.timeoutMs, "late" as const), signal);
    if (exit === "late") return exit;
    return { code: exit.code, stdout: Buffer.concat(pieces).toString("utf8"), stderr: exit.stderrTail };
  } finally {
    process.kill();
    await process.exited;
  }
}
