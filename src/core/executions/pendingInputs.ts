import { onAbort } from "../../base/abort.ts";
import { randomBytes } from "node:crypto";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { startDeadline } from "../../base/deadline.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import type { InputAnswer, InputRequest, InputResponse } from "../../protocol/input.ts";
import type { Execution } from "./execution.ts";
import type { ExecutionLog } from "./executionLog.ts";
import type { Question } from "../ports.ts";

const YES_OR_NO = new Set(["yes", "no", "y", "n", "true", "false"]);

interface OpenQuestion {
  readonly id: string;
  readonly execution: Execution;
  readonly question: Question;
  readonly answer: (value: string) => void;
}

/**
 * Open questions, which any client may answer (docs/wire-contract.md#47-input). After the timeout, the safe answer (a
 * rejection) is given. Each execution has at most one open question. An answer refers to its question by ID: a client
 * that has only seen an earlier question and answers late must not grant a later one. Clients that do not support IDs
 * can answer the first question of an execution.
 */
export class PendingInputs implements Disposable {
  /** By execution. */
  readonly #open = new Map<string, OpenQuestion>();
  readonly #executions: Pick<ExecutionLog, "get">;
  readonly #deadlineMs: number;

  constructor(executions: Pick<ExecutionLog, "get">, deadlineMs: number) {
    this.#executions = executions;
    this.#deadlineMs = deadlineMs;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Asks a question and waits for the answer. Rejects with the signal's reason when the run is aborted. */
  async ask(execution: Execution, question: Question, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#open.has(execution.id)) throw new Error("An execution asks one question at a time.");
    const { safeAnswer, ...shown } = question;
    const id = `q-${randomBytes(8).toString("hex")}`;
    const { promise, resolve, reject } = Promise.withResolvers<{ value: string; isExpired: boolean }>();
    const store = new DisposableStore();
    store.add(startDeadline(this.#deadlineMs, () => resolve({ value: safeAnswer, isExpired: true })));
    store.add(onAbort(signal, reject));
    const open = { id, execution, question, answer: (value: string) => resolve({ value, isExpired: false }) };
    this.#open.set(execution.id, open);
    const request: InputRequest = {
      questionId: id,
      ...shown,
      expiresAt: new Date(Date.now() + this.#deadlineMs).toISOString(),
    };
    execution.waitForInput(request);
    try {
      const { value, isExpired } = await promise;
      execution.resume(value, isExpired);
      return value;
    } finally {
      this.#close(open);
      await store.dispose();
    }
  }

  /**
   * Accepts an answer. The first valid one wins.
   * @throws BridgeError NOT_FOUND if nothing was asked; CONFLICT if it was already answered or another question is
   * open; VALIDATION_FAILED for an invalid value, in which case the question stays open
   */
  answer(input: InputAnswer): InputResponse {
    const open = this.#open.get(input.executionId);
    if (open === undefined) throw this.#nothingAsked(input.executionId);
    assertMeant(open, input.questionId);
    assertFits(open.question, input);
    this.#close(open);
    open.answer(input.value);
    return { success: true, executionId: input.executionId, questionId: open.id };
  }

  dispose(): void {
    this.#open.clear();
  }

  #close(question: OpenQuestion): void {
    const { id } = question.execution;
    if (this.#open.get(id) === question) this.#open.delete(id);
  }

  #nothingAsked(executionId: string): BridgeError {
    const { questions = 0, waitingFor } = this.#executions.get(executionId) ?? {};
    if (waitingFor !== undefined) return waitsForCaller();
    return questions > 0 ? answeredAlready() : nothingAsked();
  }
}

export function nothingAsked(): BridgeError {
  return new BridgeError("NOT_FOUND", "No execution with this ID is waiting for input.");
}

/**
 * Checks the question ID. The message omits the ID of the open question: a client that repeats its answer with that ID
 * would grant it unread.
 */
function assertMeant({ id, execution }: OpenQuestion, questionId: string | undefined): void {
  if (questionId === id || (questionId === undefined && execution.questions === 1)) return;
  if (questionId !== undefined) throw answeredAlready();
  throw new BridgeError(
    "CONFLICT",
    "This execution has asked more than one question, so an answer must specify its questionId. Read the pending question (event user-input-required, or pendingInput of the execution) and send its questionId.",
  );
}

function waitsForCaller(): BridgeError {
  return new BridgeError(
    "CONFLICT",
    "This execution asks no question: it waits for the result of a tool of the program that has sent the prompt. Only that program can send it, with its next request. Cancel the execution to end it.",
  );
}

function answeredAlready(): BridgeError {
  return new BridgeError(
    "CONFLICT",
    "This question was already answered or replaced by another one. Only the first answer is used.",
  );
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
