import { BridgeError } from "../../protocol/errors.ts";
import { effectiveLimits } from "../access/limits.ts";
import type { Caller, Principal } from "../access/principal.ts";

/** The executions of one principal. */
interface Load {
  running: number;
  queued: number;
  /** The lanes in which it waits, those first that have waited the longest for one of its executions. */
  readonly lanes: Set<WaitingLane>;
}

interface WaitingLane {
  /** Starts the next task in a later microtask, if there is one that may run. */
  wake(): void;
}

/** A principal, as far as its limits are concerned. */
export type LimitedPrincipal = Pick<Principal, "id" | "kind" | "limits">;

/**
 * Returns the principal whose limits apply to a request. What an agent requests has no limits here, since its own execution
 * has them: with a limit of one, it would wait for the end of the execution that waits for it.
 */
export function limitedPrincipalOf({ principal, parent }: Caller): LimitedPrincipal {
  if (parent === undefined) return principal;
  const { id, kind } = principal;
  return { id: `${id}/agents`, kind, limits: { running: Infinity, queued: Infinity } };
}

/** Counts the executions of each principal in all lanes, against its limits. */
export class PrincipalLoads {
  readonly #loads = new Map<string, Load>();

  /** Returns true if one more execution of the principal may run now. */
  hasRoom(principal: LimitedPrincipal): boolean {
    return (this.#loads.get(principal.id)?.running ?? 0) < effectiveLimits(principal).running;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, queued}` if no more executions of the principal may wait */
  assertMayWait(principal: LimitedPrincipal): void {
    const { queued = 0 } = this.#loads.get(principal.id) ?? {};
    const { queued: limit } = effectiveLimits(principal);
    if (queued < limit) return;
    throw new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `Too many commands of this client are waiting: ${queued}. Try again when some have ended.`,
      { limit, queued },
    );
  }

  queued({ id }: LimitedPrincipal, lane: WaitingLane): void {
    const load = this.#loadOf(id);
    load.queued++;
    load.lanes.add(lane);
  }

  /** @param isLast true if the principal no longer waits in this lane */
  dequeued({ id }: LimitedPrincipal, lane: WaitingLane, isLast: boolean): void {
    const load = this.#loadOf(id);
    load.queued--;
    load.lanes.delete(lane);
    if (!isLast) load.lanes.add(lane);
    this.#forgetIdle(id, load);
  }

  began({ id }: LimitedPrincipal): void {
    this.#loadOf(id).running++;
  }

  /** Counts the end of an execution. If it makes room, the other lanes in which the principal waits may go on. */
  ended(principal: LimitedPrincipal): void {
    const load = this.#loadOf(principal.id);
    const wasFull = !this.hasRoom(principal);
    load.running--;
    if (wasFull) for (const lane of load.lanes) lane.wake();
    this.#forgetIdle(principal.id, load);
  }

  #loadOf(id: string): Load {
    const known = this.#loads.get(id);
    if (known !== undefined) return known;
    const load: Load = { running: 0, queued: 0, lanes: new Set() };
    this.#loads.set(id, load);
    return load;
  }

  #forgetIdle(id: string, { running, queued }: Load): void {
    if (running === 0 && queued === 0) this.#loads.delete(id);
  }
}
