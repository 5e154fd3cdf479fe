import { BridgeError } from "../../protocol/errors.ts";

/**
 * Creates an error that OAuth clients understand.
 * @param error a code of RFC 6749, RFC 7591 or RFC 8707, which the response has in `error`
 */
export function oauthFailure(error: string, message: string): BridgeError {
  return new BridgeError("VALIDATION_FAILED", message, { error });
}
