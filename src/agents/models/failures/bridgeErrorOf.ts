import { ModelFailure, type ModelFailureKind } from "../../../core/models/modelFailure.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { unavailable, type UnavailableCause } from "../../../protocol/unavailable.ts";

type UnavailableKind = Exclude<ModelFailureKind, "not-found" | "invalid" | "too-long" | "rate-limited">;

/** The causes why an engine is not available, for the failures that are no answer to a request. */
const causes: Readonly<Record<UnavailableKind, UnavailableCause>> = {
  unauthorized: "engine-unauthorized",
  forbidden: "engine-forbidden",
  overloaded: "engine-overloaded",
  unreachable: "engine-unreachable",
  tls: "engine-tls",
  clock: "engine-clock",
  protocol: "engine-protocol",
  "too-large": "engine-protocol",
  cut: "engine-cut",
  silent: "engine-silent",
};

/**
 * Returns the error of the catalog for what an engine has thrown. Another error than a `ModelFailure` is returned as it is: a
 * `BridgeError`, the reason of a signal, a bug.
 * @param engineId part of the context of the error
 */
export function bridgeErrorOf(failure: unknown, engineId: string): unknown {
  if (isBridgeError(failure) || !(failure instanceof ModelFailure)) return failure;
  return catalogErrorOf(failure, engineId);
}

function catalogErrorOf({ kind, message, options }: ModelFailure, engine: string): BridgeError {
  switch (kind) {
    case "not-found":
      return new BridgeError("NOT_FOUND", message, { engine });
    case "invalid":
      return new BridgeError("VALIDATION_FAILED", message, {
        engine,
        ...(options.parameter !== undefined && { field: options.parameter }),
        rule: "engine",
      });
    case "too-long":
      return new BridgeError("VALIDATION_FAILED", message, { engine, rule: "context-length" });
    case "rate-limited":
      return rateLimited(message, engine, options.retryAfterMs);
    default:
      return unavailable(causes[kind], message, {
        engine,
        ...(options.status !== undefined && { status: options.status }),
      });
  }
}

function rateLimited(message: string, engine: string, retryAfterMs: number | undefined): BridgeError {
  const error = new BridgeError("RATE_LIMIT_EXCEEDED", message, { engine, limit: "engine" });
  if (retryAfterMs !== undefined) error.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return error;
}
