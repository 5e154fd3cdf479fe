import type { Logger } from "../../../base/logger.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { invalid } from "../../../protocol/validate.ts";
import type { Agent, CliProgram, Turn, TurnEnd, TurnLimits } from "../../agent.ts";
import { failureOf } from "../cli/cliFailure.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import type { KiroProcess, ProcessExit } from "../process/kiroProcess.ts";
import { guardPrompt } from "../text/promptGuard.ts";
import { type Prompt, textOf } from "../../prompt.ts";
import { disposeQuietly } from "../../startAgent.ts";
import { cancelInSteps, endOfStopped, type Stop, TurnClock } from "../../turnClock.ts";
import { Dialogue } from "./dialogue.ts";
import { asQuestion, keyFor, type QuestionEvent } from "./pipeQuestion.ts";
import type { ReadinessLimits } from "./readiness.ts";
import { defaultReaderOptions, type ReaderEvent, type TurnReaderOptions } from "./turnReader.ts";

export interface PipeOptions {
  readonly program: CliProgram;
  /** Flags after `chat`: trust, agent, model. */
  readonly flags: readonly string[];
  readonly turnLimits: TurnLimits;
  /** The dialect and its quiet times. */
  readonly reader?: Partial<TurnReaderOptions>;
  readonly readiness?: Partial<ReadinessLimits>;
  readonly guard?: ProcessGuard | undefined;
  readonly logger: Logger;
}

export const MIN_SILENCE_MS = 250;

/** The end of a turn, before it is evaluated. */
type Over =
  | Exclude<ReaderEvent, { kind: "text" | "question" }>
  | { readonly kind: "exited"; readonly exit: ProcessExit }
  | { readonly kind: "unwritten"; readonly error: unknown };

/**
 * The persistent text process (docs/kiro-cli.md#23-the-choice), for compatibility only. A turn ends with the time line
 * on stderr, or with a marker at the end (docs/kiro-cli.md#114-marker-at-the-end), followed by silence. After any other
 * end, the process is dirty (docs/kiro-cli.md#m2).
 */
export class PipeAgent implements Agent {
  readonly transport = "pipe";
  readonly takesTools = false;
  readonly #process: KiroProcess;
  readonly #dialogue: Dialogue;
  readonly #limits: TurnLimits;
  #isDirty = false;
  #isBusy = false;
  #onExit: (exit: ProcessExit) => void = () => undefined;

  /** @param process a process that is ready (`untilReady`), in the same tick */
  constructor(process: KiroProcess, { turnLimits, reader }: PipeOptions) {
    const options = { ...defaultReaderOptions, ...reader };
    const quietMs = Math.max(MIN_SILENCE_MS, options.quietMs);
    const settleMs = Math.max(MIN_SILENCE_MS, options.settleMs);
    this.#process = process;
    this.#limits = turnLimits;
    this.#dialogue = new Dialogue(process, { ...options, quietMs, settleMs });
    void process.exited.then((exit) => {
      this.#dialogue.finish();
      this.#onExit(exit);
    });
  }

  get isUsable(): boolean {
    return this.#process.isRunning && !this.#isDirty && !this.#dialogue.hasStrayText;
  }

  assertTakes(prompt: Prompt): void {
    guardPrompt(textOf(prompt), "line");
  }

  useModel(): Promise<never> {
    const message = "the text pipe to Kiro CLI cannot select a model; set kiroBridge.cli.transport to 'acp'";
    return Promise.reject(invalid("model", "unsupported", "no model", "a model", message));
  }

  async prompt(prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
    const line = guardPrompt(textOf(prompt), "line");
    if (!this.isUsable || this.#isBusy) throw unusable();
    this.#isBusy = true;
    const clock = new TurnClock(this.#limits, signal);
    try {
      return clock.stop === undefined ? await this.#run(line, turn, clock) : endOfStopped(clock.stop, "cooperative");
    } finally {
      clock.dispose();
      this.#dialogue.leave();
      this.#isBusy = false;
    }
  }

  async dispose(): Promise<void> {
    this.#isDirty = true;
    await this.#process.end();
    this.#dialogue.dispose();
  }

  async #run(line: string, turn: Turn, clock: TurnClock): Promise<TurnEnd> {
    const { promise: over, resolve } = Promise.withResolvers<Over>();
    const asking = new AbortController();
    const fail = (error: unknown): void => resolve({ kind: "unwritten", error });
    const event = (event: ReaderEvent): void => {
      if (event.kind === "text") turn.output(event.text);
      else if (event.kind === "question") void this.#ask(event, turn, clock, asking.signal).catch(fail);
      else resolve(event);
    };
    this.#onExit = (exit) => resolve({ kind: "exited", exit });
    turn.began();
    this.#dialogue.begin(line, { activity: () => clock.recordActivity(), event }).catch(fail);
    const first = await Promise.race([over, clock.stopped.then((stop) => ({ kind: "stopped" as const, stop }))]);
    asking.abort();
    return first.kind === "stopped" ? await this.#cancel(first.stop, over) : this.#judge(first);
  }

  /**
   * Asks a question, during which nothing else is written and the inactivity timeout is paused (docs/kiro-cli.md#m14).
   */
  async #ask(event: QuestionEvent, turn: Turn, clock: TurnClock, isOver: AbortSignal): Promise<void> {
    clock.pause();
    const answer = await turn.ask(asQuestion(event)).catch(() => undefined);
    // A late answer must not become the first line of the next prompt.
    if (isOver.aborted) return;
    clock.resume();
    await this.#dialogue.answer(keyFor(answer, event.answers));
  }

  #judge(over: Over): TurnEnd {
    if (over.kind === "ended") return { kind: "ended", stopReason: "end_turn" };
    this.#retire();
    if (over.kind === "unwritten") throw over.error;
    if (over.kind === "failed")
      throw new BridgeError("COMMAND_EXECUTION_FAILED", over.text, { stderr: this.#process.stderrTail });
    if (over.kind === "exited" && !(this.#dialogue.isDraining && over.exit.code === 0))
      throw failureOf(over.exit, "turn");
    return { kind: "ended", stopReason: "end_turn" };
  }

  async #cancel(stop: Stop, over: Promise<Over>): Promise<TurnEnd> {
    const steps = { ask: () => this.#dialogue.interrupt(), ended: over, kill: () => this.#process.kill() };
    const how = await cancelInSteps(steps, this.#limits.cancelMs);
    const isCertain = how === "cooperative" && (await over).kind === "ended";
    if (!isCertain) this.#retire();
    return endOfStopped(stop, how);
  }

  #retire(): void {
    this.#isDirty = true;
    void disposeQuietly(this);
  }
}

function unusable(): BridgeError {
  return unavailable("cli-ended", "This Kiro CLI process does not accept a prompt now.");
}
