import type { BridgeError } from "../../protocol/errors.ts";
import type { ExecuteRequest, ExecutionStatus } from "../../protocol/executions.ts";
import type { InputRequest } from "../../protocol/input.ts";
import type { EndFields } from "../executions/executionState.ts";

/** The facts of an execution that an answer to its caller is made of: an `Execution`, or a `PastExecution` that is left of one. */
export interface Answerable {
  readonly id: string;
  readonly status: ExecutionStatus;
  readonly isSettled: boolean;
  /** See `Execution`. */
  readonly settled: Promise<void>;
  readonly answered: Promise<void>;
  readonly output: { readonly text: string; readonly isTruncated: boolean };
  readonly end: EndFields;
  readonly failure: BridgeError | undefined;
  readonly sessionId: string | undefined;
  readonly elapsedMs: number;
  readonly pendingInput: InputRequest | undefined;
  /** Whether the output and the result are still there. */
  readonly isKept: boolean;
  /** Characters that are held in memory, roughly. */
  readonly weight: number;
}

/** A request that is to run once, however often it comes. */
export interface KeyedRequest {
  readonly idempotencyKey: string;
  readonly request: ExecuteRequest;
  /**
   * As JSON; equal for two requests that are the same. It names the kind of the request: a chat and an execute are
   * answered differently, so the same key at both is a contradiction.
   */
  readonly identity: object;
  /** See `Dispatcher.submit`. */
  readonly caller?: string;
}

export interface Submission {
  readonly execution: Answerable;
  /** An earlier request with the same key has made the execution. */
  readonly isRepeat: boolean;
}
