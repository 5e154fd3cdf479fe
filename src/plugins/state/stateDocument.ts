import { compareStamps, type Stamp } from "./hybridClock.ts";
import type { Ranges } from "./ranges.ts";

export const DOCUMENT_VERSION = 1;

/** The value that was written last, and when. */
export interface RegisterEntry {
  readonly value: unknown;
  readonly at: Stamp;
}

/**
 * A counter as the share of each replica. Only the replica itself writes its share; the one with the higher number of the
 * write is the newer one.
 */
export type CounterEntry = Readonly<Record<string, readonly [write: number, amount: number]>>;

/**
 * An observed-remove set without tombstones (Bieniusa et al., 2012): each addition has a number of its replica. A number
 * that was seen but belongs to no member is one that was removed.
 */
export interface SetEntry {
  /** The numbers of each replica that were seen. */
  readonly seen: Readonly<Record<string, Ranges>>;
  /** Each member as canonical JSON, with the numbers of the additions that it is present by. */
  readonly members: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * The state of a plugin, or a change of it, as plain JSON. Documents merge in any order, grouped in any way, and any number
 * of times, with the same result.
 */
export interface StateDocument {
  readonly version: typeof DOCUMENT_VERSION;
  readonly registers?: Readonly<Record<string, RegisterEntry>>;
  readonly counters?: Readonly<Record<string, CounterEntry>>;
  readonly sets?: Readonly<Record<string, SetEntry>>;
  /** Exported values by `name@major`; only in the store of the bridge. */
  readonly exports?: Readonly<Record<string, RegisterEntry>>;
}

/** A visible change of one key. */
export type StateChange =
  | { readonly type: "register"; readonly key: string }
  | { readonly type: "counter"; readonly key: string }
  | {
      readonly type: "set";
      readonly key: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly type: "export"; readonly key: string };

/** Returns the latest time in a document. */
export function latestStamp({ registers = {}, exports = {} }: StateDocument): Stamp | undefined {
  return [...Object.values(registers), ...Object.values(exports)]
    .map(({ at }) => at)
    .toSorted(compareStamps)
    .at(-1);
}

/** Returns what replicas exchange: exported values are written and read by the store only. */
export function withoutExports({ version, registers, counters, sets }: StateDocument): StateDocument {
  return {
    version,
    ...(registers !== undefined && { registers }),
    ...(counters !== undefined && { counters }),
    ...(sets !== undefined && { sets }),
  };
}
