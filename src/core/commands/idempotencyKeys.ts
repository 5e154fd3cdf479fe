import { createHash } from "node:crypto";
import { BridgeError } from "../../protocol/errors.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { Execution } from "../executions/execution.ts";
import type { ExecutionLog } from "../executions/executionLog.ts";
import { type Ending, endingOf, PastExecution } from "../executions/pastExecution.ts";
import type { ExecutionLookup } from "../ports.ts";
import type { Answerable, KeyedRequest, Submission } from "./submission.ts";

export const KEPT_MS = 24 * 60 * 60 * 1000;
export const MAX_KEYS = 10_000;

export interface IdempotencyKeysDeps {
  readonly executions: Pick<ExecutionLog, "get">;
  /** Provides executions that are no longer in memory. */
  readonly history: ExecutionLookup;
  /** Monotonic time in milliseconds, injectable for tests. */
  readonly now?: () => number;
}

interface Entry {
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** The execution until it has ended, then only its outcome: retention of executions is decided elsewhere. */
  work: Promise<Execution> | Ending;
}

/**
 * Makes requests with the same `Idempotency-Key` share one execution, also while it is running
 * (docs/wire-contract.md#46-idempotency). Keys are kept for 24 hours, at most 10,000 of them; the oldest are evicted. A
 * key holds no output and no arguments, only a fingerprint and the outcome, in less than a kilobyte. A key is released
 * if its request was rejected, or certainly executed nothing; see `Execution.ranNothing`.
 */
export class IdempotencyKeys {
  /** In the order of their expiry. */
  readonly #entries = new Map<string, Entry>();
  readonly #deps: IdempotencyKeysDeps;
  readonly #now: () => number;

  constructor(deps: IdempotencyKeysDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
  }

  /**
   * Runs `create`, or returns its earlier result for the key.
   * @throws BridgeError CONFLICT if the key was used for another request; errors of `create`
   */
  async once(keyed: KeyedRequest, create: () => Promise<Execution>): Promise<Submission> {
    const fingerprint = createHash("sha256").update(canonicalJson(keyed.identity)).digest("base64");
    const known = this.#find(keyed.idempotencyKey);
    if (known === undefined) {
      return { execution: await this.#remember(keyed.idempotencyKey, fingerprint, create), isRepeat: false };
    }
    if (known.fingerprint === fingerprint) return { execution: await this.#recall(known), isRepeat: true };
    throw new BridgeError(
      "CONFLICT",
      "This Idempotency-Key was already used with a different request. Use a new key for each request.",
    );
  }

  #find(key: string): Entry | undefined {
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (expiresAt > this.#now()) break;
      this.#entries.delete(oldest);
    }
    return this.#entries.get(key);
  }

  async #remember(key: string, fingerprint: string, create: () => Promise<Execution>): Promise<Execution> {
    const work = create();
    const entry: Entry = { fingerprint, expiresAt: this.#now() + KEPT_MS, work };
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_KEYS && oldest.done !== true) this.#entries.delete(oldest.value);
    try {
      const execution = await work;
      void execution.settled.then(() => this.#settle(key, entry, execution));
      return execution;
    } catch (error) {
      this.#forget(key, entry);
      throw error;
    }
  }

  async #recall({ work }: Entry): Promise<Answerable> {
    if (work instanceof Promise) return await work;
    const kept = this.#deps.executions.get(work.id);
    if (kept !== undefined) return kept;
    const record = await this.#deps.history.get(work.id);
    // The history may have less than memory had: if it could not be written, its end is missing.
    return new PastExecution(work, record?.status === work.status ? record : undefined);
  }

  #settle(key: string, entry: Entry, execution: Execution): void {
    if (execution.ranNothing) this.#forget(key, entry);
    entry.work = endingOf(execution);
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
