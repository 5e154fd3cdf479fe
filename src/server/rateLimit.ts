import type { RequestHandler } from "express";
import { MemoryStore, rateLimit } from "express-rate-limit";
import type { Disposable } from "../base/disposables.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { Guards } from "./guards.ts";

const WINDOW_MS = 60_000;

/**
 * Lets each client make so many requests per minute: on a loopback address all clients share one IP, so the token
 * tells them apart. Then RATE_LIMIT_EXCEEDED with `{limit}`. Requests over HTTP and over WebSockets count alike.
 */
export class RequestLimit implements Disposable {
  /** For requests over HTTP: the refusal says in `Retry-After` for how many seconds it stands. */
  readonly middleware: RequestHandler;
  readonly #hits = new MemoryStore();
  readonly #guards: Guards;
  readonly #limit: number;

  constructor(maxRequestsPerMinute: number, guards: Guards) {
    this.#limit = maxRequestsPerMinute;
    this.#guards = guards;
    this.middleware = rateLimit({
      windowMs: WINDOW_MS,
      limit: maxRequestsPerMinute,
      store: this.#hits,
      keyGenerator: () => guards.clientId,
      standardHeaders: false,
      legacyHeaders: false,
      validate: false,
      handler: (_request, response, next) => {
        const refuse = (client: { resetTime?: Date | undefined } | undefined): void => {
          response.setHeader("Retry-After", secondsUntil(client?.resetTime));
          next(tooMany(maxRequestsPerMinute));
        };
        void this.#hits.get(guards.clientId).then(refuse, next);
      },
    });
  }

  /** Counts a request that did not come over HTTP. @throws BridgeError RATE_LIMIT_EXCEEDED */
  async admit(): Promise<void> {
    const { totalHits } = await this.#hits.increment(this.#guards.clientId);
    if (totalHits > this.#limit) throw tooMany(this.#limit);
  }

  dispose(): void {
    this.#hits.shutdown();
  }
}

function secondsUntil(time: Date | undefined): number {
  return time === undefined ? 1 : Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1000));
}

function tooMany(limit: number): BridgeError {
  return new BridgeError("RATE_LIMIT_EXCEEDED", `More than ${limit} requests in a minute: try again later.`, { limit });
}
