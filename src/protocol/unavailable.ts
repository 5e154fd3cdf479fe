import { BridgeError, type ErrorContext } from "./errors.ts";

/** The reason why Kiro, or an engine, is not available (docs/wire-contract.md#31-causes-of-kiro_unavailable): `cause` of a `KIRO_UNAVAILABLE`. */
export const unavailableCauses = [
  "bridge-off",
  "bridge-starting",
  "bridge-stopping",
  "window-gone",
  "workspace-untrusted",
  "cli-missing",
  "cli-signed-out",
  "cli-incompatible",
  "cli-broken",
  "cli-not-responding",
  "cli-ended",
  "cli-restarting",
  "plugin-gone",
  "engine-unauthorized",
  "engine-forbidden",
  "engine-overloaded",
  "engine-unreachable",
  "engine-tls",
  "engine-clock",
  "engine-protocol",
  "engine-cut",
  "engine-silent",
] as const;

export type UnavailableCause = (typeof unavailableCauses)[number];

/** The `reason` of the original API for each cause. A broken CLI and a bridge that is off or stopping share `not_running`. */
const REASONS: Readonly<Record<UnavailableCause, string>> = {
  "bridge-off": "not_running",
  "bridge-starting": "not_running",
  "bridge-stopping": "not_running",
  "window-gone": "window_disconnected",
  "workspace-untrusted": "not_running",
  "cli-missing": "not_installed",
  "cli-signed-out": "not_logged_in",
  "cli-incompatible": "not_responding",
  "cli-broken": "not_running",
  "cli-not-responding": "not_responding",
  "cli-ended": "not_running",
  "cli-restarting": "not_running",
  "plugin-gone": "not_running",
  "engine-unauthorized": "not_logged_in",
  "engine-forbidden": "not_logged_in",
  "engine-overloaded": "not_responding",
  "engine-unreachable": "not_responding",
  "engine-tls": "not_responding",
  "engine-clock": "not_responding",
  "engine-protocol": "not_responding",
  "engine-cut": "not_responding",
  "engine-silent": "not_responding",
};

const known: ReadonlySet<unknown> = new Set(unavailableCauses);

/** Returns the error of something that needs Kiro, or the bridge, while it is not available. */
export function unavailable(cause: UnavailableCause, message: string, more?: ErrorContext): BridgeError {
  return new BridgeError("KIRO_UNAVAILABLE", message, unavailableContext(cause, more));
}

/** Returns the context of such an error. */
export function unavailableContext(cause: UnavailableCause, more?: ErrorContext): ErrorContext {
  return { reason: REASONS[cause], cause, ...more };
}

/** Returns the error of everything that the bridge refuses or ends because it stops. */
export function bridgeStopping(message = "The bridge is stopping."): BridgeError {
  return unavailable("bridge-stopping", message);
}

/** Returns the error of what a person asks of a bridge that is off. */
export function bridgeOff(): BridgeError {
  return unavailable("bridge-off", "The bridge is off. Run 'Kiro Bridge: Start' first.");
}

/** Returns why Kiro is not available; undefined for every other error. */
export function causeOf(error: BridgeError | undefined): UnavailableCause | undefined {
  const cause = error?.code === "KIRO_UNAVAILABLE" ? error.context?.["cause"] : undefined;
  return isCause(cause) ? cause : undefined;
}

function isCause(value: unknown): value is UnavailableCause {
  return known.has(value);
}
