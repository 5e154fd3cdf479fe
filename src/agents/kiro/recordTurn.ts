import { homedir, hostname, userInfo } from "node:os";
import { abortable, within } from "../../base/deadline.ts";
import { Redactor } from "../../core/privacy/redactor.ts";
import type { CliProgram } from "../agent.ts";
import { type ProcessOptions, startKiroProcess } from "./process/kiroProcess.ts";

/** Maximum size of a recording in bytes. */
const MAX_BYTES = 256 * 1024;
const TURN_MS = 90_000;
/**
 * Matches text that looks like a secret: long runs of characters used in keys and tokens, and email addresses. The
 * local part of an address is only matched at its beginning: text without `@` would take quadratic time.
 */
const SECRET = /[A-Za-z0-9_-]{32,}|(?<![\w.+-])[\w.+-]+@[\w-]{1,63}\.[\w.]+/gu;

const redactor = new Redactor();

/** A chunk of raw output, with control bytes in JSON notation. */
interface RecordedPiece {
  readonly stream: "stdout" | "stderr";
  readonly atMs: number;
  readonly text: string;
}

export interface RecordedTurn {
  readonly args: readonly string[];
  readonly exitCode: number | null;
  readonly pieces: readonly RecordedPiece[];
  readonly isTruncated: boolean;
}

/**
 * Runs one prompt non-interactively and records the raw chunks with timestamps, to settle the open points of the text
 * modes (docs/kiro-cli.md#6-open-points). The names of user and machine, the home folder, addresses, and text that
 * looks like a key are redacted.
 * @throws the signal's reason, when no process is left running
 */
export async function recordTurn(
  program: CliProgram,
  prompt: string,
  options: ProcessOptions,
  signal: AbortSignal,
): Promise<RecordedTurn> {
  signal.throwIfAborted();
  const args = ["chat", "--no-interactive", "--wrap", "never", "--trust-tools="];
  const process = await startKiroProcess(program, args, options);
  const start = performance.now();
  const pieces: RecordedPiece[] = [];
  let length = 0;
  const record = (stream: RecordedPiece["stream"]) => (bytes: Buffer) => {
    if (length < MAX_BYTES) {
      pieces.push({
        stream,
        atMs: Math.round(performance.now() - start),
        text: redact(bytes.toString("latin1"), options.cwd),
      });
    }
    length += bytes.length;
  };
  process.stdout.on("data", record("stdout"));
  process.stderr.on("data", record("stderr"));
  try {
    await process.write(prompt);
    process.endInput();
    const exit = await abortable(within(process.exited, TURN_MS, undefined), signal);
    return { args, exitCode: exit?.code ?? null, pieces, isTruncated: length > MAX_BYTES || exit === undefined };
  } finally {
    await process.end();
  }
}

/** Redacts a recording, in addition to the secrets that are masked everywhere. Bytes are Latin-1 characters, so that split characters remain visible. */
export function redact(text: string, workspacePath: string): string {
  const names: [string, string][] = [
    [workspacePath, "<workspace>"],
    [homedir(), "<home>"],
    [hostname(), "<machine>"],
    [userInfo().username, "<user>"],
  ];
  const asBytes = (name: string) => Buffer.from(name, "utf8").toString("latin1");
  const withoutNames = names
    .filter(([name]) => name.length > 2)
    .reduce((rest, [name, place]) => rest.replaceAll(asBytes(name), place), text);
  return redactor.text(withoutNames).replaceAll(SECRET, "<redacted>");
}
