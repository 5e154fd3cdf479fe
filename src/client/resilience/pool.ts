import { EVENT_STREAM, type Send, type WireRequest } from "../http/send.ts";
import { numberOption } from "../../base/numberOption.ts";
import { Slots } from "./slots.ts";

/** A limit of connections. The platform's fetch keeps them open between requests. */
export interface PoolOptions {
  /** Requests in progress at the same time, by default 5. Streams, answers and cancels do not count. */
  readonly maxSockets?: number | undefined;
}

export const poolDefaults = { maxSockets: 5 } as const;

/** Limits the requests in progress. */
export function pooled(next: Send, options: PoolOptions): Send {
  const slots = new Slots(numberOption("maxSockets", options.maxSockets, poolDefaults.maxSockets, 1));
  return (request) => (isLimited(request) ? slots.run(() => next(request), request) : next(request));
}

/** Answers and cancels pass, because the requests in progress may wait for them; a stream would keep its place for good. */
function isLimited({ method, command, accept }: WireRequest): boolean {
  return accept !== EVENT_STREAM && (method === "GET" || command !== undefined);
}
