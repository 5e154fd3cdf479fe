/** The id of a replica, lent to one process of the plugin at a time: documents know few ids, however often it starts. */
export interface Lease {
  readonly replica: string;
  /** The process that has it. */
  readonly instance: string;
  /** The number of earlier holders of the id. */
  readonly turn: number;
  /** Epoch milliseconds. */
  readonly renewedAt: number;
}

/** Interval in milliseconds at which a process renews its lease. */
export const RENEW_MS = 60_000;
/**
 * After that many milliseconds without renewal, another process may have the id. Longer than a computer usually sleeps: what
 * a process writes after it has lost its id is void.
 */
const EXPIRES_MS = 24 * 3_600_000;
/** Beyond that, the id that was renewed longest ago is lent again. */
const MAX_LEASES = 64;
/** Numbers that one process may write: more than a million writes per second for an hour. */
const NUMBERS = 2 ** 32;
const MAX_TURN = 2 ** 20;

/** Returns the first number of a lease: all earlier holders of its id had lower ones. */
export function leastOf({ turn }: Lease): number {
  return turn * NUMBERS + 1;
}

/**
 * Lends an id to a process: the one that it has, one whose lease has expired, or a new one.
 * @returns all leases, with the one of the process first
 */
export function lend(leases: readonly Lease[], instance: string, now: number): readonly [Lease, ...Lease[]] {
  const own = leases.find((each) => each.instance === instance);
  if (own !== undefined) return [{ ...own, renewedAt: now }, ...leases.filter((each) => each !== own)];
  const free = leases
    .filter(({ renewedAt, turn }) => turn < MAX_TURN && (now - renewedAt > EXPIRES_MS || leases.length >= MAX_LEASES))
    .toSorted((a, b) => a.renewedAt - b.renewedAt)[0];
  if (free !== undefined) {
    const next = { ...free, instance, turn: free.turn + 1, renewedAt: now };
    return [next, ...leases.filter((each) => each !== free)];
  }
  return [{ replica: unusedId(leases), instance, turn: 0, renewedAt: now }, ...leases];
}

/** Gives the id of a process that ends back. */
export function giveBack(leases: readonly Lease[], instance: string): readonly Lease[] {
  return leases.map((each) => (each.instance === instance ? { ...each, renewedAt: 0 } : each));
}

function unusedId(leases: readonly Lease[]): string {
  const used = new Set(leases.map(({ replica }) => replica));
  let number = 1;
  while (used.has(String(number))) number += 1;
  return String(number);
}
