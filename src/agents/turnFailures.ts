import { isBridgeError } from "../protocol/errors.ts";
import { causeOf } from "../protocol/unavailable.ts";

/** Distinguishes a cancellation (no reason, or not a BridgeError) from a timeout. */
export function isCancel(signal: AbortSignal): boolean {
  return signal.aborted && !isBridgeError(signal.reason);
}

/**
 * Returns true if a retry may fail in the same way. Problems that the user has to fix (no CLI, no login) are not
 * crashes, nor are timeouts, nor what a model's vendor is responsible for: there is no process that would be restarted.
 */
export function isCrash(error: unknown): boolean {
  if (!isBridgeError(error)) return true;
  if (error.code === "COMMAND_EXECUTION_FAILED") return true;
  if (causeOf(error)?.startsWith("engine-") === true) return false;
  const reason = error.context?.["reason"];
  return error.code === "KIRO_UNAVAILABLE" && (reason === "not_running" || reason === "not_responding");
}
