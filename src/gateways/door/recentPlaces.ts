import type { ServerResponse } from "node:http";
import type { Clock } from "../../base/clock.ts";

/** Time in milliseconds for which a request that may have failed leads its repetitions, as long as turns keep failures. */
export const FAILED_MS = 2 * 60_000;
/** The same after a stream that has ended, which may say inside that it has failed: clients repeat it at once. */
export const STREAMED_MS = 30_000;
/** The status of a turn that has failed after it began. */
const TURN_FAILED = 500;
const MOST_PLACES = 1000;

interface Entry {
  readonly windowId: string;
  /** Number of responses that are not complete. */
  open: number;
  expiresAt: number;
}

/**
 * The windows of recent requests without a place. The user may move to another window before a client repeats one, and the
 * repetition must find the turn that it repeats.
 */
export class RecentPlaces {
  readonly #clock: Clock;
  /** By request, oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the window of an equal request whose client may repeat it. */
  windowOf(key: string): string | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && (entry.open > 0 || entry.expiresAt > this.#clock.now()) ? entry.windowId : undefined;
  }

  /** Records the window of a request until its response is complete, and longer if it may be repeated. */
  enter(key: string, windowId: string, response: ServerResponse, isStream: boolean): void {
    const known = this.#entries.get(key);
    const entry = known?.windowId === windowId ? known : { windowId, open: 0, expiresAt: 0 };
    entry.open++;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_PLACES && oldest !== undefined) this.#entries.delete(oldest);
    response.once("close", () => {
      entry.open--;
      const hasFailed = !response.writableFinished || response.statusCode === TURN_FAILED;
      entry.expiresAt = this.#clock.now() + (hasFailed ? FAILED_MS : isStream ? STREAMED_MS : 0);
    });
  }
}
