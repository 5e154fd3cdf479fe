import { spawn } from "node:child_process";
import type { CliProgram } from "../../../src/agents/agent.ts";

/** As the original clients write it, the mis-encoding apart. */
const MARKER = "\u001b[38;5;141m> \u001b[0m";
const SETTLE_MS = 500;

/**
 * The algorithm of the original clients (docs/kiro-cli.md#114-marker-at-the-end), for the record: an answer is whatever has come
 * 500 ms after the marker was seen, and then the buffer is cleared.
 */
export async function askAsTheSeedDoes(
  program: CliProgram,
  prompts: readonly string[],
): Promise<{ answers: string[]; elapsedMs: number }> {
  const child = spawn(program.command, [...program.leadingArgs, "chat", "--legacy-ui"], {
    env: { ...process.env, ...program.env },
  });
  let buffer = "";
  let onData = (): void => undefined;
  child.stdout.on("data", (data: Buffer) => {
    buffer += data.toString();
    onData();
  });
  const start = performance.now();
  const answers: string[] = [];
  for (const prompt of prompts) {
    child.stdin.write(`${prompt}\n`);
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!buffer.includes(MARKER)) return;
        onData = () => undefined;
        setTimeout(resolve, SETTLE_MS);
      };
      onData = look;
      look();
    });
    answers.push(buffer);
    buffer = "";
  }
  const elapsedMs = performance.now() - start;
  child.kill("SIGKILL");
  return { answers, elapsedMs };
}
