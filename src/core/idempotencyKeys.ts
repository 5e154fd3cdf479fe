import { createHash } from "node:crypto";
import { BridgeError } from "../protocol/errors.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;
const MAX_KEYS = 10_000;

interface Entry<T> {
  readonly fingerprint: string;
  readonly outcome: Promise<T>;
  readonly expiresAt: number;
}

/**
 * Makes a repeated request with the same `Idempotency-Key` the same work, also while it runs (wire contract §4).
 * Keys are kept for 24 hours, at most 10,000 of them; the oldest leave first. A request that was refused frees its key.
 */
export class IdempotencyKeys<T> {
  readonly #entries = new Map<string, Entry<T>>();

  /** @throws BridgeError CONFLICT when the key came with another request before. */
  async once(key: string, request: object, create: () => Promise<T>): Promise<T> {
    const fingerprint = createHash("sha256").update(JSON.stringify(request)).digest("base64");
    const known = this.#find(key);
    if (known === undefined) return this.#remember(key, fingerprint, create);
    if (known.fingerprint === fingerprint) return known.outcome;
    throw new BridgeError(
      "CONFLICT",
      "This Idempotency-Key was used with another request: use a new key for new work.",
    );
  }

  #find(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > Date.now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  async #remember(key: string, fingerprint: string, create: () => Promise<T>): Promise<T> {
    const outcome = create();
    this.#entries.set(key, { fingerprint, outcome, expiresAt: Date.now() + KEPT_MS });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_KEYS && oldest.done !== true) this.#entries.delete(oldest.value);
    try {
      return await outcome;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }
}
