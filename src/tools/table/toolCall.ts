import type { Caller } from "../../core/access/principal.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { Place, Windows } from "../../server/windows/windows.ts";

/** The steps of a call, for a caller that shows them. */
export interface ToolProgress {
  readonly isWanted: boolean;
  report(message: string): void;
}

/** Takes the place of a result: the caller asks a question, and calls again with the answer. */
export class AskFirst<Q> {
  readonly question: Q;

  constructor(question: Q) {
    this.question = question;
  }
}

/** The questions of the executions of a call, which its caller may pass on. */
export interface Asking<Q> {
  /** The execution that the call goes on with, because it brings an answer. */
  readonly executionId: string | undefined;
  /**
   * Waits until an execution has ended, and asks on the way.
   * @returns the record of one that has ended, or waits for another program
   * @throws BridgeError as `Runs.whenSettled` does; the reason of the call's signal
   */
  settle(executionId: string): Promise<ExecutionRecord | AskFirst<Q>>;
}

/** One call of a tool of the bridge. `Q` is the form in which its caller asks questions. */
export interface ToolCall<Q = never> {
  readonly caller: Caller;
  /** The windows that it covers. */
  readonly windows: Windows;
  /** Returns the place of a call that names none. @throws BridgeError VALIDATION_FAILED */
  readonly defaultPlace: () => Place;
  readonly progress: ToolProgress;
  readonly asking: Asking<Q>;
  /** Returns where the caller can read the whole of an execution, if it can. */
  readonly addressOf: (executionId: string) => string | undefined;
  /** Aborted when the caller gives the call up. */
  readonly signal: AbortSignal;
}

/** A call, as far as its executions depend on it. */
export type RunCall = Pick<ToolCall, "windows" | "caller" | "signal">;
