import { effectiveLimits } from "../../core/access/limits.ts";
import { owner, type Principal } from "../../core/access/principal.ts";
import type { Guards } from "../guards/guards.ts";
import { RequestLimit } from "./rateLimit.ts";

/** Maximum number of principals that are counted. */
const MAX_PRINCIPALS = 1000;

/**
 * Limits the requests of each principal: HTTP requests, upgrades and WebSocket requests count alike. One principal at its
 * limit does not affect others. The user's setting applies to the owner, and bounds the limits of others.
 */
export class RequestLimits {
  readonly #ofOwner: RequestLimit;
  /** By principal, least recently counted first. */
  readonly #others = new Map<string, RequestLimit>();
  #max: number;

  /** @param maxPerMinute 0 for no limit other than those of the principals */
  constructor(maxPerMinute: number, guards: Pick<Guards, "clientId">) {
    this.#max = limitOf(maxPerMinute);
    this.#ofOwner = new RequestLimit(this.#max, guards);
  }

  /** Changes the setting. Requests counted so far remain counted. */
  reconfigure(maxPerMinute: number): void {
    this.#max = limitOf(maxPerMinute);
    this.#ofOwner.reconfigure(this.#max);
  }

  /** Counts a request. @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit}` */
  admit(principal: Principal, now = performance.now()): void {
    if (principal.id === owner.id) this.#ofOwner.admit(now);
    else this.#counterOf(principal).admit(now);
  }

  #counterOf(principal: Principal): RequestLimit {
    const { id: clientId } = principal;
    const limit = Math.min(this.#max, effectiveLimits(principal).requestsPerMinute);
    const counter = this.#others.get(clientId) ?? new RequestLimit(limit, { clientId });
    counter.reconfigure(limit);
    this.#others.delete(clientId);
    this.#others.set(clientId, counter);
    const [oldest] = this.#others.keys();
    if (this.#others.size > MAX_PRINCIPALS && oldest !== undefined) this.#others.delete(oldest);
    return counter;
  }
}

function limitOf(maxPerMinute: number): number {
  return maxPerMinute > 0 ? maxPerMinute : Number.POSITIVE_INFINITY;
}
