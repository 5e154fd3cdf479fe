import type { ErrorCode, ErrorContext } from "../protocol/errors.ts";

/**
 * The codes of the bridge (docs/wire-contract.md#3-errors), and three of the client itself: no connection, a call that
 * the circuit breaker has refused, and a response that is not the bridge's.
 */
export type KiroErrorCode = ErrorCode | "NETWORK_ERROR" | "CIRCUIT_OPEN" | "INVALID_RESPONSE";

/** The facts of an error, in addition to its code and its message. */
export interface KiroErrorFacts {
  /** The HTTP status, if there was a response. */
  readonly status?: number | undefined;
  /** True if the same request may succeed later. */
  readonly recoverable?: boolean | undefined;
  readonly context?: ErrorContext | undefined;
  readonly executionId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The body of the response, as far as it is an object. That of an execution has its `output`. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** Marks the errors of all copies of the class: an application may have one in each of its bundles. */
const BRAND = Symbol.for("kiro-bridge.KiroBridgeError");

/** The only error of the SDK. A call that is aborted rejects with the reason of its signal instead. */
export class KiroBridgeError extends Error {
  override readonly name: string = "KiroBridgeError";
  readonly [BRAND] = true;
  readonly code: KiroErrorCode;
  /** The HTTP status, if there was a response. */
  readonly status: number | undefined;
  /** True if the same request may succeed later. */
  readonly recoverable: boolean;
  /** Details, which depend on the code. */
  readonly context: ErrorContext | undefined;
  /** The execution that the request has created. */
  readonly executionId: string | undefined;
  /** The least delay before the same request is sent again. */
  readonly retryAfterMs: number | undefined;
  /** The body of the response, as far as it is an object. That of an execution has its `output`. */
  readonly body: Readonly<Record<string, unknown>> | undefined;

  constructor(code: KiroErrorCode, message: string, facts: KiroErrorFacts = {}) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.recoverable = facts.recoverable ?? false;
    this.context = facts.context;
    this.executionId = facts.executionId;
    this.retryAfterMs = facts.retryAfterMs;
    this.body = facts.body;
  }
}

/** Returns true for the errors of the SDK, also for those of another copy of it. */
export function isKiroBridgeError(value: unknown): value is KiroBridgeError {
  return value instanceof Error && BRAND in value;
}
