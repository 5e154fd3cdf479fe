/** The kinds of failures of a model's vendor, or of the way to it. */
export type ModelFailureKind =
  /** The key is missing, or was rejected (401). */
  | "unauthorized"
  /** The key is not allowed to do this (403). */
  | "forbidden"
  /** No such model, deployment or path (404). */
  | "not-found"
  /** The vendor rejects the request (400, 422). */
  | "invalid"
  /** The conversation is longer than the context of the model. */
  | "too-long"
  /** 429. */
  | "rate-limited"
  /** 500 to 529. */
  | "overloaded"
  /** DNS, connection, offline. */
  | "unreachable"
  | "tls"
  /** The clock of this machine is wrong: a certificate is not valid yet, or a signature is rejected. */
  | "clock"
  /** Not what the wire promises: HTML, invalid JSON, a redirect. */
  | "protocol"
  /** The stream has ended before its end. */
  | "cut"
  /** Larger than the bridge accepts. */
  | "too-large"
  /** Nothing came for too long. */
  | "silent";

export interface ModelFailureOptions {
  /** The HTTP status, if there was a response. */
  readonly status?: number;
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The parameter that the vendor rejects. */
  readonly parameter?: string;
  readonly cause?: unknown;
}

const BRAND = Symbol.for("kiro-bridge.ModelFailure");

/** A failed request to a model. The message is a sentence for people, without the key and without a stack. */
export class ModelFailure extends Error {
  override readonly name = "ModelFailure";
  readonly [BRAND] = true;
  readonly kind: ModelFailureKind;
  readonly options: ModelFailureOptions;

  constructor(kind: ModelFailureKind, message: string, options: ModelFailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.options = options;
  }

  /** Recognizes those of all bundles, each of which has its own copy of the class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && BRAND in value;
  }

  /** True if the same request may succeed later, as far as the model has said nothing yet. */
  get isPassing(): boolean {
    const passing: readonly ModelFailureKind[] = ["rate-limited", "overloaded", "unreachable", "cut", "silent"];
    return passing.includes(this.kind);
  }
}
