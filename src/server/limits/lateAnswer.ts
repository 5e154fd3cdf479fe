import { PastExecution } from "../../core/pastExecution.ts";
import type { Answerable } from "../../core/submission.ts";
import { SMALL_ANSWER, type UnsentAnswers } from "./unsentAnswers.ts";

/**
 * What a client is told of an execution whose answer has to wait. The execution is held weakly: its output stays as long
 * as the bounded log of executions keeps it, and no longer because somebody does not read.
 */
export class LateAnswer {
  readonly #kept: WeakRef<Answerable>;
  readonly #past: Answerable;
  readonly #isSmall: boolean;

  constructor(execution: Answerable) {
    this.#kept = new WeakRef(execution);
    this.#isSmall = execution.weight <= SMALL_ANSWER;
    const { executionId: id, status, code, executionTimeMs, exitCode, sessionId } = execution.response();
    const isFailure = execution.failure !== undefined;
    this.#past = new PastExecution({ id, status, code, isFailure, executionTimeMs, exitCode, sessionId }, undefined);
  }

  /** Calls `tell` now, or when there is room for a large answer. */
  whenRoom(unsent: UnsentAnswers | undefined, tell: (execution: Answerable) => void): void {
    if (unsent === undefined || unsent.hasRoom || this.#isSmall) tell(this.about(true));
    else unsent.whenRoom((hasRoom) => tell(this.about(hasRoom)));
  }

  /**
   * The execution where it is still kept and there is room for its answer, or where it goes on. Else how it ended alone: a
   * small answer, which says `outputTruncated`.
   */
  about(hasRoom: boolean): Answerable {
    const kept = this.#kept.deref();
    return kept !== undefined && (hasRoom || !kept.isSettled) ? kept : this.#past;
  }
}

/** Tells of an execution now, or when there is room for a large answer. */
export function whenRoomFor(
  unsent: UnsentAnswers | undefined,
  execution: Answerable,
  tell: (execution: Answerable) => void,
): void {
  if (unsent === undefined || unsent.hasRoom) tell(execution);
  else new LateAnswer(execution).whenRoom(unsent, tell);
}
