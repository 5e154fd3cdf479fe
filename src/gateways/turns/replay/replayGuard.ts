import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { TurnRequest, TurnResponse } from "../turn.ts";
import type { SharedResponse } from "./sharedResponse.ts";

/** Time in milliseconds for which the outcome of a failed or unread turn is repeated. */
export const KEPT_MS = 2 * 60_000;
/** The same for requests with an `Idempotency-Key` (docs/wire-contract.md#46-idempotency). */
export const KEYED_MS = 24 * 60 * 60_000;
/** Maximum number of kept outcomes of each principal, and their characters. */
const MAX_KEPT = 1000;
const MAX_KEPT_LENGTH = 16 * 1024 * 1024;
const SWEEP_MS = 60_000;

interface Entry {
  readonly replayKey: string;
  readonly isKeyed: boolean;
  readonly work: Promise<SharedResponse>;
  response: SharedResponse | undefined;
  /** Set once the outcome is kept for a limited time. */
  expiresAt: number | undefined;
  /** True if only the key is left of it. */
  isForgotten: boolean;
}

/** Requests of one principal, in the order of their arrival. */
type Entries = Map<string, Entry>;

/**
 * Keeps the retries of clients from running an agent twice. A request joins an equal one that is still running. One whose turn
 * has failed after it began, or whose response no client was there to read, gets the same outcome for two minutes. Anything
 * else runs again, because people do ask twice; with an `Idempotency-Key` it does not for a day.
 */
export class ReplayGuard implements Disposable {
  readonly #clock: Clock;
  readonly #principals = new Map<string, Entries>();
  #sweep: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Returns the response to a request, which `start` creates unless there is one.
   * @throws BridgeError CONFLICT if the idempotency key was used for another request; errors of `start`
   */
  async once(request: TurnRequest, start: () => Promise<SharedResponse>): Promise<TurnResponse> {
    const { idempotencyKey, replayKey } = request;
    const entries = this.#entriesOf(request.caller.principal.id);
    const key = idempotencyKey === undefined ? `body ${replayKey}` : `key ${idempotencyKey}`;
    const known = entries.get(key);
    if (known !== undefined && known.replayKey !== replayKey) throw keyConflict();
    if (known?.isForgotten === true) throw forgotten();
    const entry = known ?? this.#begin(entries, key, { replayKey, isKeyed: idempotencyKey !== undefined }, start);
    return (await entry.work).open();
  }

  dispose(): void {
    void this.#sweep?.dispose();
    for (const entries of this.#principals.values()) for (const entry of entries.values()) entry.response?.dispose();
    this.#principals.clear();
  }

  #begin(
    entries: Entries,
    key: string,
    kind: Pick<Entry, "replayKey" | "isKeyed">,
    start: () => Promise<SharedResponse>,
  ): Entry {
    const entry: Entry = { ...kind, work: start(), response: undefined, expiresAt: undefined, isForgotten: false };
    entries.set(key, entry);
    entry.work.then(
      (response) => {
        entry.response = response;
        response.onDidChange(() => this.#review(entries, key, entry, response));
      },
      () => entries.delete(key),
    );
    return entry;
  }

  /** Decides whether an outcome is kept. */
  #review(entries: Entries, key: string, entry: Entry, response: SharedResponse): void {
    const { last } = response.reply.segment;
    const isUnread = last !== undefined && !response.hasArrived && response.readers === 0;
    const hasFailed = last?.type === "failed" && last.hasBegun;
    const isHarmless = last?.type === "failed" && !last.hasBegun;
    if (isHarmless || (!entry.isKeyed && !hasFailed && (response.isAbandoned || response.hasArrived))) {
      // A later request may have the key by now, while clients still read this response.
      if (entries.get(key) === entry) entries.delete(key);
      if (response.readers === 0) response.dispose();
    } else if (last !== undefined && (entry.isKeyed || hasFailed || isUnread)) this.#keep(entries, entry);
  }

  #keep(entries: Entries, entry: Entry): void {
    entry.expiresAt ??= this.#clock.now() + (entry.isKeyed ? KEYED_MS : KEPT_MS);
    this.#trim(entries);
    this.#sweep ??= this.#clock.after(SWEEP_MS, () => {
      this.#sweep = undefined;
      this.#removeExpired();
    });
  }

  /** Drops the oldest outcomes above the limits. Errors and keys, which are small, are kept longer. */
  #trim(entries: Entries): void {
    const kept = [...entries].filter(([, { expiresAt }]) => expiresAt !== undefined);
    for (const [key] of kept.slice(0, Math.max(0, kept.length - MAX_KEPT))) entries.delete(key);
    let length = 0;
    for (const [key, entry] of kept.toReversed()) {
      const segment = entry.response?.reply.segment;
      length += segment?.length ?? 0;
      if (length <= MAX_KEPT_LENGTH || segment === undefined || segment.length === 0) continue;
      length -= segment.length;
      if (segment.last?.type !== "failed" && !entry.isKeyed) entries.delete(key);
      else {
        entry.isForgotten = segment.last?.type !== "failed";
        segment.shorten();
      }
    }
  }

  #removeExpired(): void {
    const now = this.#clock.now();
    let isEmpty = true;
    for (const [id, entries] of this.#principals) {
      for (const [key, { expiresAt }] of entries) if (expiresAt !== undefined && expiresAt <= now) entries.delete(key);
      if (entries.size === 0) this.#principals.delete(id);
      isEmpty &&= [...entries.values()].every(({ expiresAt }) => expiresAt === undefined);
    }
    if (isEmpty) return;
    this.#sweep = this.#clock.after(SWEEP_MS, () => {
      this.#sweep = undefined;
      this.#removeExpired();
    });
  }

  #entriesOf(principalId: string): Entries {
    const now = this.#clock.now();
    const entries = this.#principals.get(principalId) ?? new Map<string, Entry>();
    this.#principals.set(principalId, entries);
    for (const [key, { expiresAt }] of entries) if (expiresAt !== undefined && expiresAt <= now) entries.delete(key);
    return entries;
  }
}

function keyConflict(): BridgeError {
  return new BridgeError(
    "CONFLICT",
    "This Idempotency-Key was already used with a different request. Use a new key for each request.",
  );
}

function forgotten(): BridgeError {
  return new BridgeError(
    "CONFLICT",
    "The request with this Idempotency-Key was answered, and the answer is no longer kept. It was not run again.",
  );
}
