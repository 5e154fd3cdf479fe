import { BridgeError, type ErrorCode, ERRORS } from "../../protocol/errors.ts";
import type { ExecutionStatus } from "../../protocol/executionStatus.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import { unavailableContext } from "../../protocol/unavailable.ts";
import type { Answerable } from "../commands/submission.ts";
import type { EndFields } from "./executionState.ts";

/** The outcome of an execution, without any text of its client, command or CLI: small, and free of secrets. */
export interface Ending {
  readonly id: string;
  readonly status: ExecutionStatus;
  readonly code: ErrorCode | undefined;
  /** True if the response is an HTTP error; see `Execution.failure`. */
  readonly isFailure: boolean;
  readonly executionTimeMs: number;
  readonly exitCode: number | undefined;
  readonly sessionId: string | undefined;
}

/** Returns how an execution has ended. */
export function endingOf(execution: Answerable): Ending {
  const { id, status, end, elapsedMs: executionTimeMs, sessionId } = execution;
  const { code, exitCode } = end;
  return { id, status, code, isFailure: execution.failure !== undefined, executionTimeMs, exitCode, sessionId };
}

const nothingPends: Promise<void> = Promise.resolve();

/** An execution that is no longer in memory: read from the history, or only its outcome. */
export class PastExecution implements Answerable {
  readonly settled = nothingPends;
  readonly answered = nothingPends;
  readonly isSettled = true;
  readonly pendingInput = undefined;
  readonly #ending: Ending;
  readonly #record: ExecutionRecord | undefined;

  /** @param record the record of the same execution, if any */
  constructor(ending: Ending, record: ExecutionRecord | undefined) {
    this.#ending = ending;
    this.#record = record;
  }

  get id(): string {
    return this.#ending.id;
  }

  get status(): ExecutionStatus {
    return this.#ending.status;
  }

  get target(): string | undefined {
    return this.#record?.target;
  }

  get isKept(): boolean {
    const { contentOmitted, contentTruncated } = this.#record ?? { contentOmitted: true };
    return contentOmitted !== true && contentTruncated !== true;
  }

  get weight(): number {
    return 1000 + (this.#record?.output.length ?? 0);
  }

  get failure(): BridgeError | undefined {
    const { isFailure, code, id } = this.#ending;
    if (!isFailure || code === undefined) return undefined;
    const cause = this.#record?.cause;
    const failure = new BridgeError(code, this.#error, cause && unavailableContext(cause));
    failure.executionId = id;
    return failure;
  }

  get output(): { readonly text: string; readonly isTruncated: boolean } {
    const { output = "", outputTruncated } = this.#record ?? {};
    return { text: output, isTruncated: outputTruncated === true || !this.isKept };
  }

  get end(): EndFields {
    const { code, exitCode } = this.#ending;
    const error = this.#error;
    const { cause, result, stopReason } = this.#record ?? {};
    return {
      ...(error !== undefined && { error }),
      ...(code !== undefined && { code }),
      ...(cause !== undefined && { cause }),
      ...(result !== undefined && { result }),
      ...(exitCode !== undefined && { exitCode }),
      ...(stopReason !== undefined && { stopReason }),
    };
  }

  get sessionId(): string | undefined {
    return this.#ending.sessionId;
  }

  get elapsedMs(): number {
    return this.#ending.executionTimeMs;
  }

  get #error(): string | undefined {
    const { code, status } = this.#ending;
    if (this.#record?.error !== undefined) return this.#record.error;
    if (code !== undefined) return `${ERRORS[code].text} The details are no longer kept.`;
    return status === "completed" ? undefined : `The execution was ${status}. The details are no longer kept.`;
  }
}
