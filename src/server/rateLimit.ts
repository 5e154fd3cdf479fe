import type { Request, RequestHandler } from "express";
import { MemoryStore, rateLimit } from "express-rate-limit";
import type { DisposableStore } from "../base/disposables.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { Guards } from "./guards.ts";

const WINDOW_MS = 60_000;

/**
 * Lets each client make so many requests per minute: on a loopback address all clients share one IP, so the token
 * tells them apart. Then RATE_LIMIT_EXCEEDED with `{limit}` and `Retry-After` in seconds.
 */
export function limitRate(maxRequestsPerMinute: number, guards: Guards, store: DisposableStore): RequestHandler {
  const hits = new MemoryStore();
  store.defer(() => hits.shutdown());
  const limiter = rateLimit({
    windowMs: WINDOW_MS,
    limit: maxRequestsPerMinute,
    store: hits,
    keyGenerator: () => guards.clientId,
    standardHeaders: false,
    legacyHeaders: false,
    validate: false,
    handler: (_request, response, next) => {
      const refuse = (client: { resetTime?: Date | undefined } | undefined): void => {
        response.setHeader("Retry-After", secondsUntil(client?.resetTime));
        next(tooMany(maxRequestsPerMinute));
      };
      void hits.get(guards.clientId).then(refuse, next);
    },
  });
  // For its debug log it asks Express for the address of each request, which costs five times as much as the counting.
  const noRequest: Request = Object.create(null);
  return (_request, response, next) => void limiter(noRequest, response, next);
}

function secondsUntil(time: Date | undefined): number {
  return time === undefined ? 1 : Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1000));
}

function tooMany(limit: number): BridgeError {
  return new BridgeError("RATE_LIMIT_EXCEEDED", `More than ${limit} requests in a minute: try again later.`, { limit });
}
