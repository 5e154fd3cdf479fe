import type { Disposable } from "../../base/disposables.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import type { RecordStore, WriteOutcome } from "./recordStore.ts";
import type { RunRecord } from "./runRecord.ts";

/** Times that a write is tried again because the item was changed in between. */
const MAX_ROUNDS = 6;
/** Items whose version is kept. Without it, a write takes a failed attempt and a read more. */
const MAX_KNOWN = 2000;

/** An item as the store has it. */
export interface StoredItem {
  /** Undefined for an item that is not of the bridge. */
  readonly sequence: number | undefined;
  /** The mark of the item's state, for a condition; undefined if the store did not tell it. */
  readonly version: string | undefined;
}

/** A store whose writes have conditions on the version of an item, but not on its fields. */
export interface VersionedItems extends Disposable {
  /** The store in a sentence. */
  readonly place: string;
  /** Creates an item. @returns its version; `changed` if there is one */
  create(record: RunRecord, signal: AbortSignal): Promise<Versioned>;
  /** Replaces an item of this version. @returns its new version; `changed` if it has another one, or is gone */
  replace(record: RunRecord, version: string, signal: AbortSignal): Promise<Versioned>;
  /** Returns what the store has of an item; undefined if there is none. */
  read(record: RunRecord, signal: AbortSignal): Promise<StoredItem | undefined>;
}

export type Versioned = "changed" | Pick<StoredItem, "version">;

/**
 * Writes an item only if the store has an older one or none, also while other windows write: each write has the
 * condition that the item is still what was compared.
 */
export class NewestWins implements RecordStore {
  readonly #items: VersionedItems;
  /** The oldest first. */
  readonly #known = new Map<string, StoredItem>();

  constructor(items: VersionedItems) {
    this.#items = items;
  }

  /** @throws DeliveryFailure; the signal's reason */
  async write(record: RunRecord, signal: AbortSignal): Promise<WriteOutcome> {
    let stored = this.#known.get(record.id);
    this.#known.delete(record.id);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if ((stored?.sequence ?? -1) >= record.sequence) return "kept";
      const written = await this.#attempt(record, stored, signal);
      if (written !== "changed") {
        this.#remember(record, written);
        return "written";
      }
      stored = await this.#items.read(record, signal);
    }
    const sentence = `${this.#items.place} has an item that others keep changing.`;
    throw new DeliveryFailure("passing", sentence);
  }

  dispose(): void {
    this.#known.clear();
    void this.#items.dispose();
  }

  async #attempt(record: RunRecord, stored: StoredItem | undefined, signal: AbortSignal): Promise<Versioned> {
    if (stored === undefined) return await this.#items.create(record, signal);
    if (stored.version === undefined) return "changed";
    return await this.#items.replace(record, stored.version, signal);
  }

  /** Items of executions that have ended are not written again. */
  #remember({ id, sequence, isFinal }: RunRecord, { version }: Pick<StoredItem, "version">): void {
    if (version === undefined || isFinal) return;
    this.#known.set(id, { sequence, version });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}
