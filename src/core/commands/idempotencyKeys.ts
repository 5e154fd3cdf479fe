import { createHash } from "node:crypto";
import { BridgeError } from "../../protocol/errors.ts";
import { Emitter } from "../../base/events.ts";
import { owner, ownerProgram } from "../access/principal.ts";
import { canonicalJson } from "../../base/canonicalJson.ts";
import type { Execution } from "../executions/execution.ts";
import type { ExecutionLog } from "../executions/executionLog.ts";
import { type Ending, endingOf, PastExecution } from "../executions/pastExecution.ts";
import type { ExecutionLookup } from "../ports.ts";
import type { Answerable, KeyedRequest, Submission } from "./submission.ts";

export const KEPT_MS = 24 * 60 * 60 * 1000;
export const MAX_KEYS = 10_000;
/** Maximum number of keys of each principal except the owner. */
export const MAX_KEYS_OF_OTHERS = 1000;

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

/** A key of a principal, and the execution that was created for it. */
export interface UsedKey {
  readonly principalId: string;
  readonly key: string;
  readonly executionId: string;
}

/** The keys of one principal, in the order of their expiry. */
type Keys = Map<string, Entry>;

/**
 * Makes requests of a principal with the same `Idempotency-Key` share one execution, also while it is running
 * (docs/wire-contract.md#46-idempotency). Keys are kept for 24 hours, at most 10,000 of the owner and 1,000 of each other
 * principal; the oldest of the same principal are evicted. A key holds no output and no arguments, only a fingerprint and the outcome, in less than a kilobyte. A key is released
 * if its request was rejected, or certainly executed nothing; see `Execution.ranNothing`.
 */
export class IdempotencyKeys {
  /** By principal. */
  readonly #principals = new Map<string, Keys>();
  readonly #deps: IdempotencyKeysDeps;
  readonly #now: () => number;
  readonly #used = new Emitter<UsedKey>();
  readonly onDidUse = this.#used.event;

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
    const principalId = (keyed.caller ?? ownerProgram).principal.id;
    const keys = this.#keysOf(principalId);
    const known = keys.get(keyed.idempotencyKey);
    if (known === undefined) {
      const maxKeys = principalId === owner.id ? MAX_KEYS : MAX_KEYS_OF_OTHERS;
      const execution = await this.#remember(keys, maxKeys, keyed.idempotencyKey, fingerprint, create);
      this.#used.fire({ principalId, key: keyed.idempotencyKey, executionId: execution.id });
      return { execution, isRepeat: false };
    }
    if (known.fingerprint === fingerprint) return { execution: await this.#recall(known), isRepeat: true };
    throw new BridgeError(
      "CONFLICT",
      "This Idempotency-Key was already used with a different request. Use a new key for each request.",
    );
  }

  /** Returns the keys of a principal that have not expired. */
  #keysOf(principalId: string): Keys {
    for (const [id, keys] of this.#principals) {
      for (const [oldest, { expiresAt }] of keys) {
        if (expiresAt > this.#now()) break;
        keys.delete(oldest);
      }
      if (keys.size === 0) this.#principals.delete(id);
    }
    const known = this.#principals.get(principalId);
    if (known !== undefined) return known;
    const keys: Keys = new Map();
    this.#principals.set(principalId, keys);
    return keys;
  }

  async #remember(
    keys: Keys,
    maxKeys: number,
    key: string,
    fingerprint: string,
    create: () => Promise<Execution>,
  ): Promise<Execution> {
    const work = create();
    const entry: Entry = { fingerprint, expiresAt: this.#now() + KEPT_MS, work };
    keys.set(key, entry);
    const [oldest] = keys.keys();
    if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
    try {
      const execution = await work;
      void execution.settled.then(() => settle(keys, key, entry, execution));
      return execution;
    } catch (error) {
      forget(keys, key, entry);
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
}

function settle(keys: Keys, key: string, entry: Entry, execution: Execution): void {
  if (execution.ranNothing) forget(keys, key, entry);
  entry.work = endingOf(execution);
}

function forget(keys: Keys, key: string, entry: Entry): void {
  if (keys.get(key) === entry) keys.delete(key);
}
