import { KiroBridgeError } from "../errors.ts";

/** More than the requests that are repeated at the same time. */
const MAX_KEYS = 1000;

interface Claim {
  /** Nothing was run: the request may go to another bridge. */
  withdraw(): void;
}

/**
 * The addresses to which requests with an Idempotency-Key have gone. A bridge that was found at another address does not
 * know the key, and would run the same again.
 */
export class SentKeys {
  /** Those that were sent last are at the end. */
  readonly #urls = new Map<string, string>();

  /** Takes note of a request before it is sent. @throws KiroBridgeError if it has gone to another bridge before */
  claim(key: string | undefined, url: string): Claim {
    if (key === undefined) return { withdraw: () => undefined };
    const earlier = this.#urls.get(key);
    if (earlier !== undefined && earlier !== url) throw sentElsewhere(earlier);
    this.#urls.delete(key);
    this.#urls.set(key, url);
    for (const oldest of this.#urls.keys()) {
      if (this.#urls.size <= MAX_KEYS) break;
      this.#urls.delete(oldest);
    }
    // An earlier attempt may have been run.
    return { withdraw: () => (earlier === undefined ? void this.#urls.delete(key) : undefined) };
  }
}

/** Returns the error of a request that is not sent to another bridge. */
export function sentElsewhere(earlier: string): KiroBridgeError {
  const message = `The bridge at ${earlier}, to which this request was sent, is gone: the outcome is unknown. Another bridge would run it again.`;
  return new KiroBridgeError("KIRO_UNAVAILABLE", message, { context: { cause: "window-gone" } });
}
