import type { ResilienceOptions } from "./resilience/composeSend.ts";
import type { HealthOptions } from "./resilience/health.ts";

/** Options of a `KiroBridgeClient`. */
export interface ClientOptions extends ResilienceOptions {
  /** The token, or a function that returns it for each request; it is called again after a 401. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Deadline of a call in milliseconds, by default 30,000. Executions, chats and streams have none. */
  readonly timeoutMs?: number | undefined;
  /** By default the one of the platform. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The name of the program, for the user of the editor. Pages cannot set it. */
  readonly name?: string | undefined;
  /** The window of every request that names none. */
  readonly windowId?: string | undefined;
  /** The folder of every request that names none. */
  readonly workspacePath?: string | undefined;
  /** Check the health of the bridge at intervals from now on. `client.health.start()` does so later. */
  readonly health?: boolean | HealthOptions | undefined;
  /** Gets the errors of listeners. By default a warning of the process, or an uncaught error of the page. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the call, which rejects with the signal's reason. What runs in the editor goes on. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Deadline of the call in milliseconds: of each attempt if `retry` repeats it, and without its time in the `queue`. What
   * runs in the editor goes on.
   */
  readonly timeoutMs?: number | undefined;
  /** A repeated request with the same key returns the same execution (docs/wire-contract.md#46-idempotency). */
  readonly idempotencyKey?: string | undefined;
  /** Of the queue: higher first, by default 0. */
  readonly priority?: number | undefined;
}

/** Returns what a request takes from the options of its call. */
export function callOf({ signal, timeoutMs, idempotencyKey, priority }: CallOptions): CallOptions {
  return {
    ...(signal !== undefined && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(priority !== undefined && { priority }),
  };
}
