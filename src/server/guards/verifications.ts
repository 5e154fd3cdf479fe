import { within } from "../../base/deadline.ts";
import type { Principal } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";

/** Maximum number of requests that wait until their tokens are verified. */
export const MAX_VERIFICATIONS = 256;
/** Timeout in milliseconds. */
const VERIFICATION_MS = 30_000;

/** Bounds the requests and upgrades that wait until an authenticator has found the principals of their tokens. */
export class Verifications {
  #waiting = 0;

  /**
   * Waits for the principal of a token.
   * @returns undefined if there is none, also after a timeout
   * @throws BridgeError RATE_LIMIT_EXCEEDED if too many wait already
   */
  async wait(finding: Promise<Principal | undefined>): Promise<Principal | undefined> {
    // Its failure is reported if anyone waits for it.
    finding.catch(() => undefined);
    if (this.#waiting >= MAX_VERIFICATIONS)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many tokens are being verified. Try again later.");
    this.#waiting++;
    try {
      return await within(finding, VERIFICATION_MS, undefined);
    } finally {
      this.#waiting--;
    }
  }
}
