import type { BridgeError } from "../../protocol/errors.ts";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";
import type { Caller } from "../access/principal.ts";
import type { InputRequest } from "../../protocol/input.ts";
import type { EndFields } from "../executions/executionState.ts";
import type { TargetRequest } from "./turnInput.ts";

/** The data for a response: an `Execution`, or the `PastExecution` that remains of one. */
export interface Answerable {
  readonly id: string;
  readonly status: ExecutionStatus;
  /** The target that runs it, or has run it; undefined if only its outcome is known. */
  readonly target: string | undefined;
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
  /** True if the output and the result are still available. */
  readonly isKept: boolean;
  /** Approximate number of characters held in memory. */
  readonly weight: number;
}

/** A request with an idempotency key. */
export interface KeyedRequest {
  readonly idempotencyKey: string;
  readonly request: TargetRequest;
  /**
   * A JSON value that is equal for equal requests. Includes the kind of request: chats and executes have different
   * responses, so the same key for both is a conflict.
   */
  readonly identity: object;
  readonly caller?: Caller;
}

export interface Submission {
  readonly execution: Answerable;
  /** True if an earlier request with the same key has created the execution. */
  readonly isRepeat: boolean;
}
