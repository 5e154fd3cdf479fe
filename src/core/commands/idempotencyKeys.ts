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
  /** Has what memory no longer has. */
  readonly history: ExecutionLookup;
  /** In milliseconds, from any beginning; a test has a clock of its own. */
  readonly now?: () => number;
}

interface Entry {
  readonly fingerprint: string;
  readonly expiresAt: number;
  /** The execution until it has ended, and then its ending alone: how long executions are kept is not decided here. */
  work: Promise<Execution> | Ending;
}

/**
 * Makes a repeated request with the same `Idempotency-Key` the same work, also while it runs
 * (docs/wire-contract.md#46-idempotency). Keys are kept for 24 hours, at most 10,000 of them; the oldest leave first. A key holds
 * no output and no arguments: with its fingerprint and its ending it is less than a kilobyte.
 *
 * A key is free again when its request was refused, or when it is certain that nothing ran; see `Execution.ranNothing`.
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

  /** @throws BridgeError CONFLICT when the key came with another request before; what `create` throws. */
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
    // What the disk has may be less than what memory had: a history that could not be written ends too early.
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
