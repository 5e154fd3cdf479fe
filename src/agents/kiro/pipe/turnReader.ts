import { AnswerText, type MarkerPosition } from "../text/answerText.ts";
import { type StderrSign, StderrSigns } from "./stderrSigns.ts";
import { toolHead } from "../text/toolHead.ts";

/**
 * `idle → sent → streaming → draining → idle` (docs/kiro-cli.md#23-the-choice). In `asking`, a question is open and
 * nothing else may be written.
 */
export type ReaderState = "idle" | "sent" | "streaming" | "asking" | "draining";

export type ReaderEvent =
  | { readonly kind: "text"; readonly text: string }
  /** A question. Send one of the keys in `answers`, and call `answered`. */
  | {
      readonly kind: "question";
      readonly text: string;
      readonly tool: string | undefined;
      readonly answers: readonly string[];
    }
  /** A sign of the end, followed by silence: the turn has ended normally. */
  | { readonly kind: "ended" }
  /** After an interrupt, a sign that the CLI has stopped, followed by silence; not reliable. */
  | { readonly kind: "interrupted" }
  /** The CLI has reported a failure, without a time line. */
  | { readonly kind: "failed"; readonly text: string };

export interface TurnReaderOptions {
  /**
   * "end": the dialect of the original clients (docs/kiro-cli.md#114-marker-at-the-end), where a marker after the text,
   * followed by silence, ends the turn too.
   */
  readonly markerPosition: MarkerPosition;
  /**
   * Silence on both streams after the time line in milliseconds, because text may arrive later than the sign
   * (docs/kiro-cli.md#m2).
   */
  readonly quietMs: number;
  /** Silence in milliseconds after a marker at the end. */
  readonly settleMs: number;
}

/**
 * 500 ms each, as in the original clients (docs/kiro-cli.md#114-marker-at-the-end): output that is 300 ms late still
 * belongs to its turn (docs/kiro-cli.md#33-scenarios-of-text-mode, `late-tail`). Never less than 250 ms.
 */
export const defaultReaderOptions: TurnReaderOptions = { markerPosition: "start", quietMs: 500, settleMs: 500 };

/**
 * Maximum delay in milliseconds between a question and the text of its tool, which are printed on different streams.
 */
const ASK_DELAY_MS = 100;
const KEPT_FOR_TOOL = 4000;

/**
 * Reads the turns of the persistent text process. A pure state machine: input is clean text with markers as signs, and
 * times in milliseconds. `dueAt` returns when `tick` must be called.
 */
export class TurnReader {
  readonly #options: TurnReaderOptions;
  #state: ReaderState = "idle";
  #answer: AnswerText;
  #signs = new StderrSigns();
  #recent = "";
  #lastHeardAt = 0;
  #question: Extract<StderrSign, { kind: "question" }> | undefined;
  #error: string | undefined;
  #interrupt: "none" | "sent" | "noticed" = "none";
  #hasStrayText = false;

  constructor(options: TurnReaderOptions = defaultReaderOptions) {
    this.#options = options;
    this.#answer = new AnswerText(options.markerPosition);
  }

  get state(): ReaderState {
    return this.#state;
  }

  /** True if text arrived outside of a turn: the end of the last turn was wrong, and the process is dirty. */
  get hasStrayText(): boolean {
    return this.#hasStrayText;
  }

  /** Starts a turn when its prompt is sent. */
  begin(now: number): void {
    this.#state = "sent";
    this.#answer = new AnswerText(this.#options.markerPosition);
    this.#signs = new StderrSigns();
    this.#recent = "";
    this.#lastHeardAt = now;
    this.#question = undefined;
    this.#error = undefined;
    this.#interrupt = "none";
  }

  /** Records that the answer to a question is sent. */
  answered(now: number): void {
    if (this.#state === "asking") this.#state = "streaming";
    this.#lastHeardAt = now;
  }

  /** Records that an interrupt is sent. */
  interrupted(now: number): void {
    if (this.#interrupt === "none") this.#interrupt = "sent";
    this.#lastHeardAt = now;
  }

  stdout(text: string, now: number): ReaderEvent[] {
    if (this.#state === "idle") {
      this.#hasStrayText ||= /\S/u.test(text);
      return [];
    }
    this.#lastHeardAt = now;
    if (this.#state === "sent" && text !== "") this.#state = "streaming";
    return this.#tell(this.#answer.write(text));
  }

  stderr(text: string, now: number): void {
    if (this.#state === "idle") return;
    this.#lastHeardAt = now;
    if (this.#interrupt === "sent" && text.includes("\n")) this.#interrupt = "noticed";
    for (const sign of this.#signs.write(text)) this.#take(sign);
  }

  /** The time at which `tick` must be called, or undefined if only the streams can change the state. */
  get dueAt(): number | undefined {
    const silenceMs = this.#silenceMs;
    return silenceMs === undefined ? undefined : this.#lastHeardAt + silenceMs;
  }

  tick(now: number): ReaderEvent[] {
    const { dueAt } = this;
    return dueAt === undefined || now < dueAt ? [] : this.#settle();
  }

  /** Ends a turn without its sign, and returns the text held back. */
  giveUp(): ReaderEvent[] {
    if (this.#state === "idle") return [];
    this.#state = "idle";
    return this.#tell(this.#answer.end());
  }

  #tell(text: string): ReaderEvent[] {
    if (text === "") return [];
    this.#recent = (this.#recent + text).slice(-KEPT_FOR_TOOL);
    return [{ kind: "text", text }];
  }

  #take(sign: StderrSign): void {
    if (sign.kind === "question") this.#question = sign;
    else if (sign.kind === "error") this.#error = sign.text;
    else this.#state = "draining";
  }

  /** The required silence in milliseconds, or undefined. */
  get #silenceMs(): number | undefined {
    const { quietMs, settleMs } = this.#options;
    if (this.#state === "idle") return undefined;
    if (this.#hasEndSign) return quietMs;
    if (this.#state === "asking") return undefined;
    if (this.#question !== undefined) return ASK_DELAY_MS;
    return this.#answer.isMarkerLast ? settleMs : undefined;
  }

  get #hasEndSign(): boolean {
    return this.#state === "draining" || this.#error !== undefined || this.#interrupt === "noticed";
  }

  #settle(): ReaderEvent[] {
    const question = this.#question;
    if (question !== undefined && !this.#hasEndSign) {
      this.#state = "asking";
      this.#question = undefined;
      return [{ kind: "question", text: question.text, tool: toolHead(this.#recent), answers: question.answers }];
    }
    const end = this.#endEvent();
    return [...this.giveUp(), end];
  }

  #endEvent(): ReaderEvent {
    if (this.#state === "draining") return { kind: "ended" };
    if (this.#interrupt === "noticed") return { kind: "interrupted" };
    return this.#error === undefined ? { kind: "ended" } : { kind: "failed", text: this.#error };
  }
}
