import { LARGE, ownTurn } from "../../base/ownTurn.ts";
import { PastExecution } from "../../core/executions/pastExecution.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import { SMALL_ANSWER, type UnsentAnswers } from "./unsentAnswers.ts";

/**
 * What a client is told of an execution whose answer has to wait. The execution is held weakly: its output stays as long
 * as the bounded log of executions keeps it, and no longer because somebody does not read.
 */
export class LateAnswer {
  readonly #kept: WeakRef<Answerable>;
  readonly #past: Answerable;
  readonly #isSmall: boolean;
  readonly #isLarge: boolean;

  constructor(execution: Answerable) {
    this.#kept = new WeakRef(execution);
    this.#isSmall = execution.weight <= SMALL_ANSWER;
    this.#isLarge = execution.weight > LARGE;
    const { id, status, elapsedMs: executionTimeMs, sessionId } = execution;
    const { code, exitCode } = execution.end;
    const isFailure = execution.failure !== undefined;
    this.#past = new PastExecution({ id, status, code, isFailure, executionTimeMs, exitCode, sessionId }, undefined);
  }

  /** Calls `tell` now, or when there is room for a large answer: a really large one always in a turn of its own. */
  whenRoom(unsent: UnsentAnswers | undefined, tell: (execution: Answerable) => void): void {
    if (this.#isSmall) tell(this.about(true));
    else if (this.#isLarge) void ownTurn().then(() => this.#tellWithRoom(unsent, tell));
    else this.#tellWithRoom(unsent, tell);
  }

  #tellWithRoom(unsent: UnsentAnswers | undefined, tell: (execution: Answerable) => void): void {
    if (unsent === undefined || unsent.hasRoom) tell(this.about(true));
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

/**
 * Tells of an execution now, or when there is room for a large answer. One that is really large has a turn of its own; while
 * it waits for that it is counted, and held: its client reads.
 */
export function whenRoomFor(
  unsent: UnsentAnswers | undefined,
  execution: Answerable,
  tell: (execution: Answerable) => void,
): void {
  if (unsent !== undefined && !unsent.hasRoom) new LateAnswer(execution).whenRoom(unsent, tell);
  else if (execution.weight <= LARGE) tell(execution);
  else {
    const release = unsent?.hold(execution.weight);
    void ownTurn().then(() => {
      release?.();
      if (unsent === undefined || unsent.hasRoom) tell(execution);
      else new LateAnswer(execution).whenRoom(unsent, tell);
    });
  }
}
