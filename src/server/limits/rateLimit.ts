import { BridgeError } from "../../protocol/errors.ts";
import type { Guards } from "../guards/guards.ts";

const WINDOW_MS = 60_000;

/**
 * Lets each client make so many requests per minute: on a loopback address all clients share one IP, so the token
 * tells them apart. Whatever comes in counts alike: requests over HTTP, upgrades, requests over a WebSocket. Only the
 * present token gets this far, so one count is enough; a new token starts again at zero.
 */
export class RequestLimit {
  readonly #guards: Pick<Guards, "clientId">;
  #limit: number;
  #client = "";
  #count = 0;
  /** On the clock that never goes back, in milliseconds. */
  #windowEndsAt = 0;

  constructor(maxRequestsPerMinute: number, guards: Pick<Guards, "clientId">) {
    this.#limit = maxRequestsPerMinute;
    this.#guards = guards;
  }

  /** What was counted stays counted. */
  reconfigure(maxRequestsPerMinute: number): void {
    this.#limit = maxRequestsPerMinute;
  }

  /** Counts a request. @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit}`; its `Retry-After` is the rest of the minute */
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
