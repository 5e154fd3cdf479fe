import { canonicalJson } from "../../base/canonicalJson.ts";
import { compareStamps, compareTexts } from "./hybridClock.ts";
import type { RegisterEntry } from "./stateDocument.ts";
import { bytesOf } from "./stateLimits.ts";

interface Held {
  readonly entry: RegisterEntry;
  readonly bytes: number;
}

/** Last-write-wins registers: of two values of a key, the one that was written later remains. */
export class Registers {
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  keys(): IterableIterator<string> {
    return this.#held.keys();
  }

  get(key: string): RegisterEntry | undefined {
    return this.#held.get(key)?.entry;
  }

  /** Returns the bytes that the registers would have more. */
  growthBy(key: string, entry: RegisterEntry): number {
    return bytesOfEntry(key, entry) - (this.#held.get(key)?.bytes ?? 0);
  }

  /** Takes an entry if it is newer. Returns false if not. */
  merge(key: string, entry: RegisterEntry): boolean {
    const held = this.#held.get(key);
    if (held !== undefined && !isNewer(entry, held.entry)) return false;
    const bytes = bytesOfEntry(key, entry);
    this.#bytes += bytes - (held?.bytes ?? 0);
    this.#held.set(key, { entry, bytes });
    return true;
  }

  toJSON(): Record<string, RegisterEntry> {
    return Object.fromEntries([...this.#held].map(([key, { entry }]) => [key, entry]));
  }
}

/** Two writes of one time are of a replica that was copied: the order of their texts decides, on all replicas alike. */
function isNewer(a: RegisterEntry, b: RegisterEntry): boolean {
  const order = compareStamps(a.at, b.at);
  return order > 0 || (order === 0 && compareTexts(canonicalJson(a.value), canonicalJson(b.value)) > 0);
}

function bytesOfEntry(key: string, entry: RegisterEntry): number {
  return bytesOf(JSON.stringify(key)) + bytesOf(JSON.stringify(entry)) + 2;
}
