import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import type { ProcessIdentity } from "../../core/processes.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { PlaceKey } from "../../server/windows/windows.ts";
import { type KeyHolder, keyHash, KeyTable, principalTag } from "./keyTable.ts";

/** Minimum time in milliseconds between two attempts to write the whole ledger after a failure. */
const RETRY_MS = 5000;
/** The ledger is compacted when it has twice the lines that it needs, and this many more. */
const SPARE_LINES = 1000;

/** The file of a ledger. Each ownership of the address has its own, so that none writes to that of another. */
export interface LedgerStorage {
  /** Reads the ledger of the latest ownership, which includes those of earlier ones. Empty if there is none. */
  read(): Promise<string>;
  /** Replaces the text of the ledger of an ownership atomically, then removes those of earlier ones. */
  replace(term: number, text: string): Promise<void>;
  append(term: number, text: string): Promise<void>;
}

export interface KeyLedgerDeps {
  /** Undefined to keep the keys in memory. */
  readonly storage: LedgerStorage | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns the time in epoch milliseconds, injectable for tests. */
  readonly now?: () => number;
}

/** An ownership of the address, and the keys that it knows. */
interface Ownership {
  readonly term: number;
  readonly table: KeyTable;
  /** Resolves when the ledger of the earlier ownerships was read. */
  readonly isReady: Promise<void>;
  /** Number of lines in the file. */
  lines: number;
  /** The time of the last failure, while the file lacks lines. */
  failedAt: number | undefined;
}

/**
 * The window of each idempotency key, written before the request is sent there: whichever window owns the address, a
 * repeated request goes to the same window, or nowhere. With the times and bounds of `IdempotencyKeys`. If the file cannot
 * be written, the keys are kept in memory.
 */
export class KeyLedger {
  readonly #deps: KeyLedgerDeps;
  readonly #queue = new SerialQueue();
  #ownership: Ownership;
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;
  #hasWarned = false;

  constructor(deps: KeyLedgerDeps) {
    this.#deps = deps;
    this.#ownership = this.#own(0, Promise.resolve());
  }

  /** Reads the keys of earlier ownerships. Other methods wait for that. */
  begin(term: number): void {
    const reading = Promise.withResolvers<void>();
    const ownership = this.#own(term, reading.promise);
    this.#ownership = ownership;
    this.#unwritten = [];
    this.#writing = undefined;
    void this.#queue.run(() => this.#read(ownership)).finally(reading.resolve);
  }

  /** Returns the window that has a key, when that was written. */
  async holderOf({ principalId, key }: PlaceKey): Promise<KeyHolder | undefined> {
    const { table, isReady } = this.#ownership;
    await isReady;
    const holder = table.get(principalTag(principalId), keyHash({ principalId, key }));
    await holder?.written;
    return holder;
  }

  /** Gives a key to a window, unless another one has it. @returns the one that has it, when that was written */
  async claim({ principalId, key }: PlaceKey, windowId: string, process: ProcessIdentity): Promise<KeyHolder> {
    const ownership = this.#ownership;
    const { table } = ownership;
    await ownership.isReady;
    const hash = keyHash({ principalId, key });
    const tag = principalTag(principalId);
    const known = table.get(tag, hash);
    const holder = known ?? table.add(tag, hash, windowId, process);
    holder.written ??= this.#write(ownership, holder.lines);
    await holder.written;
    return holder;
  }

  /** Records the execution that a window has created for a key. */
  async note(hash: string, windowId: string, executionId: string): Promise<void> {
    const ownership = this.#ownership;
    await ownership.isReady;
    const line = ownership.table.note(hash, windowId, executionId);
    if (line !== undefined) await this.#write(ownership, [line]);
  }

  /** Records that a window has certainly ended. */
  async left(windowId: string): Promise<void> {
    const ownership = this.#ownership;
    await ownership.isReady;
    const line = ownership.table.left(windowId);
    if (line !== undefined) await this.#write(ownership, [line]);
  }

  /** Returns the process of a window that had keys; undefined if it has ended, or is unknown. */
  processOf(windowId: string): ProcessIdentity | undefined {
    return this.#ownership.table.processOf(windowId);
  }

  #own(term: number, isReady: Promise<void>): Ownership {
    const { clock, now = Date.now } = this.#deps;
    return { term, table: new KeyTable(() => clock.now(), now), isReady, lines: 0, failedAt: undefined };
  }

  async #read(ownership: Ownership): Promise<void> {
    const { storage } = this.#deps;
    if (storage === undefined) return;
    try {
      ownership.table.read(await storage.read());
    } catch (error) {
      this.#warn(error);
    }
    await this.#replace(ownership, storage);
  }

  /** Writes lines together with those of other requests. Resolves in any case. */
  #write(ownership: Ownership, lines: readonly string[]): Promise<void> {
    const { storage } = this.#deps;
    if (storage === undefined || ownership !== this.#ownership) return Promise.resolve();
    this.#unwritten.push(...lines);
    this.#writing ??= this.#queue.run(async () => {
      if (ownership !== this.#ownership) return;
      this.#writing = undefined;
      await this.#append(ownership, storage, this.#unwritten.splice(0));
    });
    return this.#writing;
  }

  async #append(ownership: Ownership, storage: LedgerStorage, lines: readonly string[]): Promise<void> {
    const { failedAt, table } = ownership;
    if (failedAt !== undefined && this.#deps.clock.now() - failedAt < RETRY_MS) return;
    ownership.lines += lines.length;
    if (failedAt !== undefined || ownership.lines > 2 * table.size + SPARE_LINES) {
      return await this.#replace(ownership, storage);
    }
    try {
      await storage.append(ownership.term, textOf(lines));
    } catch {
      // The file was removed, or has an incomplete line now.
      await this.#replace(ownership, storage);
    }
  }

  async #replace(ownership: Ownership, storage: LedgerStorage): Promise<void> {
    const lines = ownership.table.allLines();
    try {
      await storage.replace(ownership.term, textOf(lines));
      ownership.lines = lines.length;
      ownership.failedAt = undefined;
    } catch (error) {
      ownership.failedAt = this.#deps.clock.now();
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const text = "Idempotency keys are only kept in memory, because their file cannot be read or written.";
    this.#deps.logger.warn(text, { error: messageOf(error) });
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
