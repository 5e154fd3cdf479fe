import { fileURLToPath } from "node:url";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { Question, ToolCall } from "../../../../../src/core/ports.ts";
import type { CliProgram, Turn, TurnLimits } from "../../../../../src/agents/agent.ts";
import type { AgentStep, Compaction } from "../../../../../src/protocol/agents/agentStep.ts";
import { type AcpOptions, acpStarter } from "../../../../../src/agents/kiro/acp/startAcp.ts";
import type { StartedAgent } from "../../../../../src/agents/startAgent.ts";

export const simulatorPath = fileURLToPath(new URL("../../../../fixtures/simulator/main.ts", import.meta.url));

/** No test waits for these: where a limit matters, its clock is put forward (`TestClock`). */
export const generousLimits: TurnLimits = { inactivityMs: 60_000, absoluteMs: 120_000, cancelMs: 30_000 };

/** The simulator as a program; it answers without pauses unless `env` says otherwise. */
export function simulator(env: Readonly<Record<string, string>> = {}): CliProgram {
  return {
    command: process.execPath,
    leadingArgs: [simulatorPath],
    env: { FAKE_KIRO_CHUNK_MS: "0", FAKE_KIRO_THINK_MS: "0", FAKE_KIRO_WORDS: "20", ...env },
    isSimulated: true,
  };
}

export function acpOptions(env: Readonly<Record<string, string>> = {}, more: Partial<AcpOptions> = {}): AcpOptions {
  return {
    program: simulator(env),
    flags: [],
    clientVersion: "0.0.0",
    turnLimits: generousLimits,
    settleMs: 0,
    logger: silentLogger,
    ...more,
  };
}

/** Starts an agent on the simulator and gives it to `use`; afterwards its process is gone. */
export async function withAgent(
  options: AcpOptions,
  use: (started: StartedAgent) => Promise<void>,
  resumeId?: string,
): Promise<void> {
  const request = { workspacePath: process.cwd(), ...(resumeId !== undefined && { resumeId }) };
  const started = await acpStarter(options)(request, new AbortController().signal);
  try {
    await use(started);
  } finally {
    await started.agent.dispose();
  }
}

/** A turn that remembers everything, and answers questions as it is told. */
export class HeardTurn implements Turn {
  readonly executionId = "exec-1";
  readonly principalId = "owner";
  readonly steps: AgentStep[] = [];
  readonly compactions: Compaction[] = [];
  stdout = "";
  stderr = "";
  retracted = 0;
  hasBegun = false;
  readonly toolCalls: ToolCall[] = [];
  readonly questions: Question[] = [];
  readonly parked: boolean[] = [];
  readonly #answer: (question: Question) => string | Promise<string>;
  #onText: (text: string) => void = () => undefined;

  constructor(answer: (question: Question) => string | Promise<string> = (question) => question.safeAnswer) {
    this.#answer = answer;
  }

  /** Resolves when the answer so far holds `part`. */
  heard(part: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onText = () => {
        if (this.stdout.includes(part)) resolve();
      };
      this.#onText("");
    });
  }

  began(): void {
    this.hasBegun = true;
  }

  output(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    if (stream === "stdout") this.stdout += text;
    else this.stderr += text;
    this.#onText(text);
  }

  retract(length: number): void {
    this.stdout = this.stdout.slice(0, this.stdout.length - length);
    this.retracted += length;
  }

  toolCall(call: ToolCall): void {
    this.toolCalls.push(call);
  }

  step(step: AgentStep): void {
    this.steps.push(step);
  }

  compacted(compaction: Compaction): void {
    this.compactions.push(compaction);
  }

  park(isParked: boolean): void {
    this.parked.push(isParked);
  }

  async ask(question: Question): Promise<string> {
    this.questions.push(question);
    return await this.#answer(question);
  }
}

/** The value of the option of that kind. */
export function choose(kind: string): (question: Question) => string {
  return ({ options = [], safeAnswer }) => options.find((option) => option.kind === kind)?.value ?? safeAnswer;
}
