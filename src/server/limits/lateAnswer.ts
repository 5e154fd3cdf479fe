import { LARGE, ownTurn } from "../../base/ownTurn.ts";
import { endingOf, PastExecution } from "../../core/executions/pastExecution.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import { SMALL_ANSWER, type UnsentAnswers } from "./unsentAnswers.ts";

/**
 * The execution of a response that waits for room. It is held weakly: its output lives as long as the bounded execution
 * log keeps it, and slow readers do not extend that.
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
    this.#past = new PastExecution(endingOf(execution), undefined);
  }

  /**
   * Calls `tell` at once, or when there is room for a large response. Very large ones always get their own turn of the
   * event loop.
   */
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
   * Returns the execution if it is still kept and there is room for it, or if it is still running. Otherwise returns
   * only its outcome: a small response with `outputTruncated`.
   */
  about(hasRoom: boolean): Answerable {
    const kept = this.#kept.deref();
    return kept !== undefined && (hasRoom || !kept.isSettled) ? kept : this.#past;
  }
}

/**
 * Calls `tell` at once, or when there is room for a large response. A very large one gets its own turn of the event
 * loop; until then it counts as unsent.
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
