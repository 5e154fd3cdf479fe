import { Counters } from "./counters.ts";
import { HybridClock } from "./hybridClock.ts";
import { jsonValueOf } from "./jsonValue.ts";
import { OrSet } from "./orSet.ts";
import { keyOf } from "./parseDocument.ts";
import { Registers } from "./registers.ts";
import {
  DOCUMENT_VERSION,
  type RegisterEntry,
  type SetEntry,
  type StateChange,
  type StateDocument,
} from "./stateDocument.ts";
import { invalidState, type StateLimits, stateLimits, tooLarge } from "./stateLimits.ts";

export interface ReplicaOptions {
  /** Unique among the replicas of a document that write at the same time. */
  readonly id: string;
  /** The first number for its writes: above those of all that had this id before. 1 by default. */
  readonly least?: number;
  readonly clock?: HybridClock;
  readonly limits?: StateLimits;
}

/**
 * One replica of a document. Its writes return the change for the other replicas, and throw, without effect, what would
 * exceed a limit. Merging has no limits: see `bytes`.
 */
export class StateReplica {
  readonly id: string;
  readonly #least: number;
  readonly #clock: HybridClock;
  readonly #limits: StateLimits;
  readonly #registers = new Registers();
  readonly #counters = new Counters();
  readonly #sets = new Map<string, OrSet>();
  readonly #exports = new Registers();

  constructor(
    { id, least = 1, clock = new HybridClock(), limits = stateLimits }: ReplicaOptions,
    document?: StateDocument,
  ) {
    this.id = id;
    this.#least = least;
    this.#clock = clock;
    this.#limits = limits;
    if (document !== undefined) this.merge(document);
  }

  /** The size of the document, about as its JSON. */
  get bytes(): number {
    let bytes = this.#registers.bytes + this.#counters.bytes + this.#exports.bytes;
    for (const [key, set] of this.#sets) bytes += key.length + set.bytes;
    return bytes;
  }

  get keys(): {
    readonly registers: string[];
    readonly counters: string[];
    readonly sets: string[];
    readonly exports: string[];
  } {
    const registers = [...this.#registers.keys()];
    const counters = [...this.#counters.keys()];
    return { registers, counters, sets: [...this.#sets.keys()], exports: [...this.#exports.keys()] };
  }

  /** Returns the value of a register, deeply frozen; undefined for an unknown key. */
  getRegister(key: string): unknown {
    return this.#registers.get(key)?.value;
  }

  getCounter(key: string): number {
    return this.#counters.get(key);
  }

  /** Returns the members of a set as canonical JSON. */
  getMembers(key: string): string[] {
    return [...(this.#sets.get(key)?.values() ?? [])];
  }

  getExport(key: string): RegisterEntry | undefined {
    return this.#exports.get(key);
  }

  setRegister(key: string, value: unknown): StateDocument {
    const written = this.#write(this.#registers, key, value, this.#limits.valueBytes);
    return { version: DOCUMENT_VERSION, registers: written };
  }

  setExport(key: string, value: unknown): StateDocument {
    const written = this.#write(this.#exports, key, value, this.#limits.exportBytes);
    return { version: DOCUMENT_VERSION, exports: written };
  }

  increment(key: string, by: number): StateDocument {
    if (typeof by !== "number" || !Number.isFinite(by)) throw invalidState("A counter changes by a finite number.");
    this.#checkKey(key, this.#counters.size, this.#counters.has(key));
    const [write, amount] = this.#counters.shareOf(key, this.id) ?? [0, 0];
    if (!Number.isFinite(amount + by) || !Number.isFinite(this.getCounter(key) + by)) {
      throw invalidState("The counter would be infinite.");
    }
    this.#reserve(this.#counters.growthBy(key, this.id));
    const entry = Object.fromEntries([[this.id, [Math.max(this.#least, write + 1), amount + by] as const]]);
    this.#counters.merge(key, entry);
    return { version: DOCUMENT_VERSION, counters: Object.fromEntries([[key, entry]]) };
  }

  addToSet(key: string, value: unknown): StateDocument {
    const { text, bytes } = jsonValueOf(value, this.#limits.valueBytes);
    this.#checkKey(key, this.#sets.size, this.#sets.has(key));
    const set = this.#sets.get(key) ?? new OrSet();
    if (!set.has(text)) {
      if (set.size >= this.#limits.setMembers) throw tooLarge("The set", this.#limits.setMembers, "members");
      // As JSON a member is a text in a text, with each quotation mark escaped.
      this.#reserve(2 * bytes + key.length + 2 * this.id.length + 64);
    }
    return this.#changeSet(key, set, set.additionOf(text, this.id, this.#least));
  }

  /** Removes a member; undefined if it is not there. */
  removeFromSet(key: string, value: unknown): StateDocument | undefined {
    const { text } = jsonValueOf(value, this.#limits.valueBytes);
    const set = this.#sets.get(key);
    return set?.has(text) === true ? this.#changeSet(key, set, set.removalOf(text)) : undefined;
  }

  /** Merges a checked document. Returns what has visibly changed. */
  merge({ registers = {}, counters = {}, sets = {}, exports = {} }: StateDocument): StateChange[] {
    const changes: StateChange[] = [];
    for (const [key, entry] of Object.entries(registers)) {
      this.#clock.receive(entry.at);
      if (this.#registers.merge(key, entry)) changes.push({ type: "register", key });
    }
    for (const [key, entry] of Object.entries(counters)) {
      if (this.#counters.merge(key, entry)) changes.push({ type: "counter", key });
    }
    for (const [key, entry] of Object.entries(sets)) {
      const set = this.#sets.get(key) ?? new OrSet();
      this.#sets.set(key, set);
      const { added, removed } = set.merge(entry);
      if (added.length + removed.length > 0) changes.push({ type: "set", key, added, removed });
    }
    for (const [key, entry] of Object.entries(exports)) {
      this.#clock.receive(entry.at);
      if (this.#exports.merge(key, entry)) changes.push({ type: "export", key });
    }
    return changes;
  }

  /** Reserves the numbers from `least` on for the next holder of an id: writes of earlier ones that are unknown here are void. */
  closeBefore(id: string, least: number): void {
    for (const set of this.#sets.values()) set.close(id, least);
  }

  /** @throws BridgeError PAYLOAD_TOO_LARGE if the document is larger */
  checkBytes(limit: number): void {
    if (this.bytes > limit) throw tooLarge("The state", this.#limits.documentBytes, "bytes");
  }

  toJSON(): StateDocument {
    const sets = Object.fromEntries([...this.#sets].map(([key, set]) => [key, set.toJSON()]));
    return {
      version: DOCUMENT_VERSION,
      ...(this.#registers.size > 0 && { registers: this.#registers.toJSON() }),
      ...(this.#counters.size > 0 && { counters: this.#counters.toJSON() }),
      ...(this.#sets.size > 0 && { sets }),
      ...(this.#exports.size > 0 && { exports: this.#exports.toJSON() }),
    };
  }

  #write(registers: Registers, key: string, value: unknown, maxBytes: number): StateDocument["registers"] & {} {
    const json = jsonValueOf(value, maxBytes);
    this.#checkKey(key, registers.size, registers.get(key) !== undefined);
    const entry = { value: json.value, at: this.#clock.tick(this.id) };
    this.#reserve(registers.growthBy(key, entry));
    registers.merge(key, entry);
    return Object.fromEntries([[key, entry]]);
  }

  #changeSet(key: string, set: OrSet, change: SetEntry): StateDocument {
    this.#sets.set(key, set);
    set.merge(change);
    return { version: DOCUMENT_VERSION, sets: Object.fromEntries([[key, change]]) };
  }

  #checkKey(key: unknown, count: number, isKnown: boolean): void {
    keyOf(key, this.#limits);
    if (!isKnown && count >= this.#limits.keys) throw tooLarge("The state", this.#limits.keys, "keys of one type");
  }

  #reserve(growth: number): void {
    if (growth > 0) this.checkBytes(this.#limits.documentBytes - growth);
  }
}
