import stripAnsi from "strip-ansi";
import { expectedAnswer } from "../../fixtures/simulator/answers.ts";
import { renderMarkdown } from "../../fixtures/simulator/text/rendering.ts";
import { MARKER } from "../../fixtures/simulator/text/textBytes.ts";
import { spawnSimulator, type SimulatorExit, type SimulatorProcess } from "../../support/simulator.ts";

const WORDS = 12;

export type TextRun = {
  readonly simulator: SimulatorProcess;
  readonly exit: SimulatorExit;
  readonly stdout: string;
  readonly stderr: string;
  readonly clean: string;
};

/** Text mode without a banner, fed with these lines and then with the end of input, until it has exited. */
export async function textRun(
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<TextRun> {
  const simulator = startText(env, args);
  simulator.stdin.end(lines.map((line) => `${line}\n`).join(""));
  return await ended(simulator);
}

export function startText(env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): SimulatorProcess {
  const scenarios = ["quiet", ...(env["FAKE_KIRO_SCENARIO"] ?? "").split(",")].filter((name) => name !== "").join(",");
  return spawnSimulator(["chat", "--legacy-ui", ...args], { ...env, FAKE_KIRO_SCENARIO: scenarios });
}

export async function ended(simulator: SimulatorProcess): Promise<TextRun> {
  const exit = await simulator.closed();
  const stdout = simulator.stdout();
  return { simulator, exit, stdout, stderr: simulator.stderr(), clean: stripAnsi(stdout) };
}

/** How often `part` occurs. */
export function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** The rendered answer to a prompt, with its marker, with the number of words that `spawnSimulator` asks for. */
export function rendered(turn: number, prompt: string): string {
  return `${MARKER}${renderMarkdown(expectedAnswer(turn, prompt, WORDS))}`;
}
