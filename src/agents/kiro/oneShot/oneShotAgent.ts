import type { Logger } from "../../../base/logger.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { Agent, CliProgram, Turn, TurnEnd, TurnLimits } from "../../agent.ts";
import { AnswerText } from "../text/answerText.ts";
import { failureOf } from "../cli/cliFailure.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { type KiroProcess, type ProcessExit, startKiroProcess } from "../process/kiroProcess.ts";
import { guardPrompt } from "../text/promptGuard.ts";
import { type Prompt, textOf } from "../../prompt.ts";
import type { StartAgent } from "../../startAgent.ts";
import { TextStream } from "../text/textStream.ts";
import { cancelInSteps, endOfStopped, TurnClock } from "../../turnClock.ts";

export interface OneShotOptions {
  readonly program: CliProgram;
  /**
   * Flags after `chat --no-interactive --wrap never`: trust, agent, model. Untrusted tools are rejected
   * (docs/kiro-cli.md#51-flags-input-login).
   */
  readonly flags: readonly string[];
  /**
   * Continues the last conversation of the folder from the second turn on (`--resume`). The CLI does not report which
   * one that is, so this is only for the one session of a folder. Off by default: every turn is a new conversation.
   */
  readonly resumes?: boolean;
  readonly turnLimits: TurnLimits;
  readonly guard?: ProcessGuard | undefined;
  readonly logger: Logger;
}

/** Creates the function that starts one-shot agents. No process is started before the first prompt. */
export function oneShotStarter(options: OneShotOptions): StartAgent {
  return async ({ workspacePath }, signal) => {
    signal.throwIfAborted();
    return { agent: new OneShotAgent(workspacePath, options), isResumed: false };
  };
}

/**
 * Runs one process per turn: `chat --no-interactive`, with the prompt on stdin; its exit ends the turn. A turn succeeds
 * if the exit code is 0 and there is visible text (docs/kiro-cli.md#53-exit-codes). Questions are not possible.
 */
class OneShotAgent implements Agent {
  readonly transport = "oneshot";
  readonly takesTools = false;
  readonly #cwd: string;
  readonly #options: OneShotOptions;
  #isDisposed = false;
  #isBusy = false;
  #hasTurn = false;
  #model: string | undefined;
  #process: KiroProcess | undefined;

  constructor(cwd: string, options: OneShotOptions) {
    this.#cwd = cwd;
    this.#options = options;
  }

  /** Always true: a crash fails the turn, and the next turn has its own process. */
  get isUsable(): boolean {
    return !this.#isDisposed;
  }

  assertTakes(prompt: Prompt): void {
    guardPrompt(textOf(prompt), "stdin");
  }

  /** For the processes of later turns, which tell whether they know it. */
  useModel(id: string): Promise<void> {
    this.#model = id;
    return Promise.resolve();
  }

  async prompt(prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
    const input = guardPrompt(textOf(prompt), "stdin");
    if (this.#isDisposed || this.#isBusy) throw unusable();
    this.#isBusy = true;
    const clock = new TurnClock(this.#options.turnLimits, signal);
    try {
      if (clock.stop !== undefined) return endOfStopped(clock.stop, "cooperative");
      const process = await this.#start();
      const end = await this.#run(process, input, turn, clock);
      this.#hasTurn = true;
      return end;
    } finally {
      clock.dispose();
      void this.#process?.end();
      this.#isBusy = false;
    }
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#process?.end();
  }

  async #start(): Promise<KiroProcess> {
    const { program, flags, resumes, logger, guard } = this.#options;
    const resume = resumes === true && this.#hasTurn ? ["--resume"] : [];
    // One argument, so that no name can be another flag.
    const model = this.#model === undefined ? [] : [`--model=${this.#model}`];
    const args = ["chat", "--no-interactive", "--wrap", "never", ...flags, ...model, ...resume];
    this.#process = await startKiroProcess(program, args, { cwd: this.#cwd, logger, guard });
    return this.#process;
  }

  async #run(process: KiroProcess, input: string, turn: Turn, clock: TurnClock): Promise<TurnEnd> {
    const answer = new AnswerText("start");
    const tell = (text: string): void => {
      if (text !== "") turn.output(text);
    };
    const stream = new TextStream(process.stdout, { keepsMarkers: true }, (text) => {
      clock.recordActivity();
      tell(answer.write(text));
    });
    process.stderr.on("data", () => clock.recordActivity());
    try {
      turn.began();
      const first = await Promise.race([process.exited, clock.stopped, unwritten(process, input)]);
      const steps = { ask: () => process.interrupt(), ended: process.exited, kill: () => process.kill() };
      const how = "kind" in first ? await cancelInSteps(steps, this.#options.turnLimits.cancelMs) : undefined;
      stream.finish();
      tell(answer.end());
      return "kind" in first ? endOfStopped(first, how ?? "killed") : endOf(first, answer.hasText);
    } finally {
      stream.dispose();
    }
  }
}

/** Writes the prompt and closes stdin. Only rejects, if the CLI does not read; its exit is reported elsewhere. */
async function unwritten(process: KiroProcess, input: string): Promise<never> {
  try {
    await process.write(input);
    process.endInput();
  } catch (error) {
    if (process.isRunning && isBridgeError(error) && error.context?.["reason"] === "not_responding") throw error;
  }
  return await new Promise<never>(() => undefined);
}

function endOf(exit: ProcessExit, hasText: boolean): TurnEnd {
  if (exit.code !== 0) throw failureOf(exit, "turn");
  if (hasText) return { kind: "ended", stopReason: "end_turn", exitCode: 0 };
  const context = { exitCode: 0, stderr: exit.stderrTail };
  throw new BridgeError("COMMAND_EXECUTION_FAILED", "Kiro CLI exited without an answer.", context);
}

function unusable(): BridgeError {
  return unavailable("cli-ended", "This Kiro CLI session does not accept a prompt now.");
}
