import { isKiroBridgeError, type KiroBridgeError } from "../errors.ts";
import { pause } from "../../base/pause.ts";
import { systemTimes } from "../times.ts";

const BASE_MS = 1000;
const MIN_MS = 100;
const MAX_MS = 10_000;
/** A proxy may ask for more, but not for so much that the stream seems to hang. */
const MAX_RETRY_AFTER_MS = 120_000;
/** After another window has taken over the address, the others join it one after the other. */
const MAX_MISSING_MS = 10_000;

export interface BackoffOptions {
  /** Aborts the pause. */
  readonly signal: AbortSignal;
  /** Maximum time without the bridge, in milliseconds. */
  readonly maxOfflineMs: number;
}

/** The pauses between the attempts to reach the bridge again: the first is short, further ones grow, all with jitter. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;
  #wasConnected = false;
  #connectedAt: number | undefined;
  #offlineSince: number | undefined;
  /** As the stream of the server asks for it. */
  baseMs = BASE_MS;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The bridge has responded: from now on, it is worth waiting for. */
  connected(): void {
    this.#wasConnected = true;
    this.#connectedAt = performance.now();
    this.#offlineSince = undefined;
  }

  /** The bridge does its part: the next pause is short again. */
  reset(): void {
    this.connected();
    this.#attempts = 0;
  }

  /**
   * Waits before the next attempt.
   * @throws the error if it is not a temporary one, or the bridge was never reached, or has been away for too long; the
   * signal's reason
   */
  async pause(error: unknown): Promise<void> {
    const { signal, maxOfflineMs } = this.#options;
    signal.throwIfAborted();
    if (!this.#wasConnected || !isKiroBridgeError(error)) throw error;
    const now = performance.now();
    // A connection that has lasted is as good as one with events.
    if (this.#connectedAt !== undefined && now - this.#connectedAt > MAX_MS) this.#attempts = 0;
    this.#connectedAt = undefined;
    this.#offlineSince ??= now;
    if (now - this.#offlineSince > Math.min(maxOfflineMs, patienceOf(error))) throw error;
    const growing = Math.min(MAX_MS, Math.max(MIN_MS, this.baseMs) * 2 ** Math.max(0, this.#attempts - 1));
    const delayMs = Math.random() * (this.#attempts === 0 ? Math.min(MIN_MS, this.baseMs) : growing);
    this.#attempts++;
    // Clients that were sent away together do not return together.
    await pause(systemTimes.clock, delayMs + Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS), signal);
  }
}

/** Returns how long an error may be a temporary one, in milliseconds; less than 0 for one that is not. */
function patienceOf({ code, recoverable, executionId }: KiroBridgeError): number {
  if (code === "NOT_FOUND") return MAX_MISSING_MS;
  // An execution that has failed is not a temporary failure of the request for it.
  return recoverable && executionId === undefined ? Number.POSITIVE_INFINITY : -1;
}
