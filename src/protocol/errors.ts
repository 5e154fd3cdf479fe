export const errorCodes = [
  "VALIDATION_FAILED",
  "AUTHENTICATION_FAILED",
  "ACCESS_DENIED",
  "NOT_FOUND",
  "OPERATION_TIMEOUT",
  "CONFLICT",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "RATE_LIMIT_EXCEEDED",
  "INTERNAL_ERROR",
  "CONFIGURATION_ERROR",
  "KIRO_UNAVAILABLE",
  "COMMAND_EXECUTION_FAILED",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const codes: ReadonlySet<unknown> = new Set(errorCodes);

/**
 * The catalog of errors (docs/wire-contract.md#3-errors): HTTP status, WebSocket close code, whether a retry may
 * succeed, and the default message. Close codes are those of RFC 6455, or else 4000 + the HTTP status.
 * `COMMAND_EXECUTION_FAILED` is sent in a 200 response, because the bridge did its part.
 */
export const ERRORS = {
  VALIDATION_FAILED: { status: 400, closeCode: 1007, recoverable: false, text: "The request is not valid." },
  AUTHENTICATION_FAILED: {
    status: 401,
    closeCode: 4401,
    recoverable: false,
    text: "A valid token is required. Send 'Authorization: Bearer <token>'. The token is in bridge.json in the .kiro-bridge folder of your home directory; 'Kiro Bridge: Copy Token' copies it.",
  },
  ACCESS_DENIED: { status: 403, closeCode: 1008, recoverable: false, text: "The request is not allowed." },
  NOT_FOUND: { status: 404, closeCode: 4404, recoverable: false, text: "The requested resource does not exist." },
  OPERATION_TIMEOUT: { status: 408, closeCode: 4408, recoverable: true, text: "The operation took too long." },
  CONFLICT: { status: 409, closeCode: 4409, recoverable: false, text: "The request conflicts with an earlier one." },
  PAYLOAD_TOO_LARGE: { status: 413, closeCode: 1009, recoverable: false, text: "The request body is too large." },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    closeCode: 1003,
    recoverable: false,
    text: "Send JSON with 'Content-Type: application/json'.",
  },
  RATE_LIMIT_EXCEEDED: { status: 429, closeCode: 1013, recoverable: true, text: "Too many requests. Try again later." },
  INTERNAL_ERROR: { status: 500, closeCode: 1011, recoverable: false, text: "An internal error occurred." },
  CONFIGURATION_ERROR: {
    status: 500,
    closeCode: 1011,
    recoverable: false,
    text: "The bridge is not configured correctly.",
  },
  KIRO_UNAVAILABLE: { status: 503, closeCode: 1001, recoverable: true, text: "Kiro is not available." },
  COMMAND_EXECUTION_FAILED: { status: 200, closeCode: 1011, recoverable: true, text: "The command failed." },
} as const satisfies Record<ErrorCode, { status: number; closeCode: number; recoverable: boolean; text: string }>;

/** The body of every error response, including 401, 404 and invalid JSON; see `errorBodySchema`. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly recoverable: boolean;
  readonly timestamp: string;
  readonly executionId?: string;
  readonly context?: ErrorContext;
}

/** Additional data for the client. Never a stack, a token, or a path unknown to the client. */
export type ErrorContext = Readonly<Record<string, unknown>>;

/**
 * Marks the errors of all bundles. Each bundle has its own copy of the class, which `instanceof` would not recognize.
 */
const BRAND = Symbol.for("kiro-bridge.BridgeError");

/** An error of the catalog. Thrown early, and converted to a response at the endpoint. */
export class BridgeError extends Error {
  override readonly name = "BridgeError";
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly context: ErrorContext | undefined;
  executionId: string | undefined;
  /** Set for RATE_LIMIT_EXCEEDED if the delay is known; otherwise clients retry after a second. */
  retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string = ERRORS[code].text, context?: ErrorContext) {
    super(message);
    this.code = code;
    this.context = context;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** The close code of a WebSocket that is closed because of this error. */
  get closeCode(): number {
    return ERRORS[this.code].closeCode;
  }

  get recoverable(): boolean {
    return ERRORS[this.code].recoverable;
  }

  toBody(now: Date = new Date()): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      recoverable: this.recoverable,
      timestamp: now.toISOString(),
      ...(this.executionId !== undefined && { executionId: this.executionId }),
      ...(this.context !== undefined && { context: this.context }),
    };
  }
}

/** Returns true for errors of the catalog, from any bundle. */
export function isBridgeError(value: unknown): value is BridgeError {
  return value instanceof Error && BRAND in value && "code" in value && codes.has(value.code);
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
