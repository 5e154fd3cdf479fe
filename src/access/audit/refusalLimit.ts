import type { RequestRefused } from "../../core/access/audit.ts";
import type { ErrorCode } from "../../protocol/errors.ts";

/** Maximum number of entries for each error code and principal in a minute. */
const MAX_REFUSALS = 20;
const WINDOW_MS = 60_000;
/** Maximum number of pairs of an error code and a principal; further principals share the limit of the code. */
const MAX_KEYS = 100;

interface Tally {
  readonly code: ErrorCode;
  /** Undefined for requests without a valid token, and for principals that share a limit. */
  readonly by: RequestRefused["by"];
  noted: number;
  skipped: number;
}

/** Number of refusals that got no entry of their own. */
export type SkippedRefusals = Pick<Tally, "code" | "by"> & { readonly count: number };

/** Limits the entries for rejected requests, so that an attacker cannot fill the disk; counts the rest. */
export class RefusalLimit {
  readonly #tallies = new Map<string, Tally>();
  #windowEndsAt = 0;

  /** Milliseconds until the window ends. */
  remainingMs(now: number): number {
    return Math.max(0, this.#windowEndsAt - now);
  }

  /** @param now monotonic milliseconds @returns false if it gets no entry of its own */
  admit({ error: { code }, by }: RequestRefused, now: number): boolean {
    if (this.#tallies.size === 0) this.#windowEndsAt = now + WINDOW_MS;
    const key = `${code} ${by?.id ?? ""}`;
    const tally = this.#tallies.get(key) ?? this.#create(key, code, by);
    if (++tally.noted <= MAX_REFUSALS) return true;
    tally.skipped++;
    return false;
  }

  /** Begins a new window. @returns what was skipped in the last one */
  next(): SkippedRefusals[] {
    const skipped = [...this.#tallies.values()].filter((tally) => tally.skipped > 0);
    this.#tallies.clear();
    return skipped.map(({ code, by, skipped: count }) => ({ code, by, count }));
  }

  #create(key: string, code: ErrorCode, by: RequestRefused["by"]): Tally {
    const isShared = this.#tallies.size >= MAX_KEYS;
    const known = isShared ? this.#tallies.get(code) : undefined;
    const tally = known ?? { code, by: isShared ? undefined : by, noted: 0, skipped: 0 };
    this.#tallies.set(isShared ? code : key, tally);
    return tally;
  }
}
