import { contains, countOf, numbersIn, type Ranges, unite } from "./ranges.ts";
import type { SetEntry } from "./stateDocument.ts";
import { bytesOf } from "./stateLimits.ts";

/** Bytes of a number and its punctuation as JSON, at most. */
const NUMBER_BYTES = 18;

export interface SetChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** An observed-remove set of texts, see `SetEntry`. Of an addition and a removal that do not know each other, the addition wins. */
export class OrSet {
  readonly #seen = new Map<string, Ranges>();
  readonly #members = new Map<string, Map<string, number>>();
  /** The member of each number that is in the set. */
  readonly #holders = new Map<string, Map<number, string>>();
  #memberBytes = 0;

  static from({ seen, members }: SetEntry): OrSet {
    const set = new OrSet();
    for (const [member, dots] of Object.entries(members)) {
      for (const [replica, number] of Object.entries(dots)) set.#hold(member, replica, number);
    }
    for (const [replica, ranges] of Object.entries(seen)) set.#see(replica, ranges);
    return set;
  }

  get size(): number {
    return this.#members.size;
  }

  get bytes(): number {
    let bytes = this.#memberBytes;
    for (const [replica, ranges] of this.#seen) bytes += bytesOf(replica) + NUMBER_BYTES * ranges.length;
    return bytes;
  }

  has(member: string): boolean {
    return this.#members.has(member);
  }

  values(): IterableIterator<string> {
    return this.#members.keys();
  }

  /** Returns the change that adds a member, with the next number of the replica that is at least `least`. */
  additionOf(member: string, replica: string, least: number): SetEntry {
    const number = Math.max(least, (this.#seen.get(replica)?.at(-1) ?? 0) + 1);
    const seen = this.#dotsOf(member);
    seen.set(replica, unite(seen.get(replica) ?? [], [number, number]));
    return {
      seen: Object.fromEntries(seen),
      members: Object.fromEntries([[member, Object.fromEntries([[replica, number]])]]),
    };
  }

  /** Returns the change that removes the additions of a member that are known here. */
  removalOf(member: string): SetEntry {
    return { seen: Object.fromEntries(this.#dotsOf(member)), members: {} };
  }

  merge(entry: SetEntry): SetChange {
    const other = OrSet.from(entry);
    const touched = new Map<string, boolean>();
    const touch = (member: string): void => {
      if (!touched.has(member)) touched.set(member, this.has(member));
    };
    for (const [replica, number, member] of this.#heldOf(entry.seen)) {
      if (other.#members.get(member)?.get(replica) === number) continue;
      touch(member);
      this.#release(member, replica, number);
    }
    for (const [member, dots] of other.#members) {
      for (const [replica, number] of dots) {
        if (contains(this.#seen.get(replica) ?? [], number)) continue;
        touch(member);
        this.#hold(member, replica, number);
      }
    }
    for (const [replica, ranges] of other.#seen) this.#see(replica, ranges);
    const changed = [...touched].filter(([member, wasThere]) => wasThere !== this.has(member));
    return {
      added: changed.filter(([, wasThere]) => !wasThere).map(([member]) => member),
      removed: changed.filter(([, wasThere]) => wasThere).map(([member]) => member),
    };
  }

  /** Declares the numbers of a replica below `least` as seen: it will use none of them any more. */
  close(replica: string, least: number): void {
    if (least > 1 && this.#seen.has(replica)) this.#see(replica, [1, least - 1]);
  }

  toJSON(): SetEntry {
    const members = [...this.#members].map(([member, dots]) => [member, Object.fromEntries(dots)] as const);
    return { seen: Object.fromEntries(this.#seen), members: Object.fromEntries(members) };
  }

  #dotsOf(member: string): Map<string, Ranges> {
    const dots = [...(this.#members.get(member) ?? [])];
    return new Map(dots.map(([replica, number]) => [replica, [number, number]]));
  }

  /** Returns the held numbers among those that were seen elsewhere, by the shorter of both lists. */
  *#heldOf(seen: SetEntry["seen"]): Generator<readonly [replica: string, number: number, member: string]> {
    for (const [replica, ranges] of Object.entries(seen)) {
      const holders = this.#holders.get(replica);
      if (holders === undefined) continue;
      const numbers =
        countOf(ranges) < holders.size
          ? [...numbersIn(ranges)]
          : [...holders.keys()].filter((number) => contains(ranges, number));
      for (const number of numbers) {
        const member = holders.get(number);
        if (member !== undefined) yield [replica, number, member];
      }
    }
  }

  #hold(member: string, replica: string, number: number): void {
    const dots = this.#members.get(member);
    const held = dots?.get(replica);
    if (held !== undefined && held >= number) return;
    if (dots === undefined) {
      this.#memberBytes += bytesOf(JSON.stringify(member)) + 4;
      this.#members.set(member, new Map([[replica, number]]));
    } else {
      dots.set(replica, number);
    }
    if (held === undefined) this.#memberBytes += bytesOf(replica) + NUMBER_BYTES;
    else this.#holders.get(replica)?.delete(held);
    const holders = this.#holders.get(replica) ?? new Map<number, string>();
    this.#holders.set(replica, holders.set(number, member));
  }

  #release(member: string, replica: string, number: number): void {
    const dots = this.#members.get(member);
    if (dots?.get(replica) !== number) return;
    this.#holders.get(replica)?.delete(number);
    dots.delete(replica);
    this.#memberBytes -= bytesOf(replica) + NUMBER_BYTES;
    if (dots.size > 0) return;
    this.#members.delete(member);
    this.#memberBytes -= bytesOf(JSON.stringify(member)) + 4;
  }

  #see(replica: string, ranges: Ranges): void {
    this.#seen.set(replica, unite(this.#seen.get(replica) ?? [], ranges));
  }
}
