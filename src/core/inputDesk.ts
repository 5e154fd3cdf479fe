import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { startDeadline } from "../base/deadline.ts";
import { BridgeError } from "../protocol/errors.ts";
import { invalid } from "../protocol/validate.ts";
import type { InputAnswer, InputRequest } from "../protocol/input.ts";
import type { Execution } from "./execution.ts";
import type { Question } from "./ports.ts";

const YES_OR_NO = new Set(["yes", "no", "y", "n", "true", "false"]);
/** How many answered questions are remembered, to tell a second answer from one without a question. */
const REMEMBERED = 1000;

interface OpenQuestion {
  readonly question: Question;
  readonly answer: (value: string) => void;
}

/**
 * Where questions wait for an answer from whoever is first (wire contract §4, `POST /api/kiro/input`).
 * After the deadline the safe answer, a refusal, is given. One open question for each execution.
 */
export class InputDesk implements Disposable {
  readonly #open = new Map<string, OpenQuestion>();
  readonly #answered = new Set<string>();
  readonly #deadlineMs: number;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Asks and waits. Rejects with the signal's reason when the run is aborted. */
  async ask(execution: Execution, question: Question, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const { safeAnswer, ...shown } = question;
    const { promise, resolve, reject } = Promise.withResolvers<{ value: string; isExpired: boolean }>();
    const store = new DisposableStore();
    store.add(startDeadline(this.#deadlineMs, () => resolve({ value: safeAnswer, isExpired: true })));
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    store.defer(() => signal.removeEventListener("abort", abort));
    this.#open.set(execution.id, { question, answer: (value) => resolve({ value, isExpired: false }) });
    this.#answered.delete(execution.id);
    const request: InputRequest = { ...shown, expiresAt: new Date(Date.now() + this.#deadlineMs).toISOString() };
    execution.waitForInput(request);
    try {
      const { value, isExpired } = await promise;
      execution.resume(value, isExpired);
      return value;
    } finally {
      this.#close(execution.id);
      await store.dispose();
    }
  }

  /**
   * Takes an answer. The first valid one wins.
   * @throws BridgeError NOT_FOUND: nothing is asked; CONFLICT: it was answered already; VALIDATION_FAILED: the question
   * does not take this value, and stays open.
   */
  answer(input: InputAnswer): void {
    const open = this.#open.get(input.executionId);
    if (open === undefined) throw this.#nothingAsked(input.executionId);
    assertFits(open.question, input);
    this.#close(input.executionId);
    open.answer(input.value);
  }

  dispose(): void {
    this.#open.clear();
    this.#answered.clear();
  }

  #close(executionId: string): void {
    if (!this.#open.delete(executionId)) return;
    this.#answered.add(executionId);
    const oldest = this.#answered.values().next();
    if (this.#answered.size > REMEMBERED && oldest.done !== true) this.#answered.delete(oldest.value);
  }

  #nothingAsked(executionId: string): BridgeError {
    return this.#answered.has(executionId)
      ? new BridgeError("CONFLICT", "This question was answered already; the first answer counts.")
      : new BridgeError("NOT_FOUND", "No execution with this id waits for input.");
  }
}

function assertFits({ inputType, choices }: Question, { value, type }: InputAnswer): void {
  if (type !== inputType) throw invalid("type", "enum", inputType, type);
  if (inputType === "choice" && choices !== undefined && !choices.includes(value)) {
    throw invalid("value", "enum", choices.join(" | "), "another value");
  }
  if (inputType === "confirmation" && !YES_OR_NO.has(value.toLowerCase())) {
    throw invalid("value", "enum", "yes | no", "another value");
  }
  if (inputType === "file" && value.includes("\0")) throw invalid("value", "format", "a path", "a text with NUL");
  if (value.trim() === "") throw invalid("value", "required", "a text", "white space");
}
