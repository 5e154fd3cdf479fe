import { BridgeError } from "../../protocol/errors.ts";
import type { Guards } from "../guards/guards.ts";

const WINDOW_MS = 60_000;

/**
 * Limits the number of requests per minute and client. On a loopback address, all clients have the same IP address, so
 * they are identified by their token. HTTP requests, upgrades and WebSocket requests count alike. Only the current
 * token gets this far, so a single counter is enough; a new token resets it.
 */
export class RequestLimit {
  readonly #guards: Pick<Guards, "clientId">;
  #limit: number;
  #client = "";
  #count = 0;
  /** In milliseconds, by the monotonic clock. */
  #windowEndsAt = 0;

  constructor(maxRequestsPerMinute: number, guards: Pick<Guards, "clientId">) {
    this.#limit = maxRequestsPerMinute;
    this.#guards = guards;
  }

  /** Changes the limit. Requests counted so far remain counted. */
  reconfigure(maxRequestsPerMinute: number): void {
    this.#limit = maxRequestsPerMinute;
  }

  /**
   * Counts a request.
   * @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit}`, whose `Retry-After` is the rest of the minute
   */
  admit(now = performance.now()): void {
    const client = this.#guards.clientId;
    if (now >= this.#windowEndsAt || client !== this.#client) {
      this.#client = client;
      this.#count = 0;
      this.#windowEndsAt = now + WINDOW_MS;
    }
    this.#count++;
    if (this.#count > this.#limit) throw tooMany(this.#limit, this.#windowEndsAt - now);
  }
}

function tooMany(limit: number, waitMs: number): BridgeError {
  const message = `More than ${limit} requests in a minute. Try again later.`;
  const error = new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit });
  error.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return error;
}
