import type { BridgeError } from "../../protocol/errors.ts";
import { unavailable } from "../../protocol/unavailable.ts";

/** The window has ended, or does not respond, before its response to a request has begun. */
export function windowGone(): BridgeError {
  return unavailable(
    "window-gone",
    "The window of this request has ended, or does not respond. What it was asked to do may have been done.",
  );
}
