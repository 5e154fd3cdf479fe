import { randomInt } from "node:crypto";

const ID = /^exec-(\d{1,16})-(\d{1,16})(?:-([a-z0-9]{1,16}))?$/;
const LIFE_LENGTH = 6;

/** When an execution was made, as its id tells: `exec-<epoch ms>-<counter>-<life>`. */
export interface RunOrder {
  readonly time: number;
  readonly count: number;
  /** Of which life of which window; empty in ids from before they had one. */
  readonly life: string;
}

/** Of an execution whose id does not tell it. */
export const unknownOrder: RunOrder = { time: 0, count: 0, life: "" };

/**
 * Makes the ids of one life of the bridge. Windows count by themselves, and at the same time: without the last part two of
 * them would give the same id, and their common history would lose one of the runs.
 */
export class RunIds {
  readonly #life = Array.from({ length: LIFE_LENGTH }, () => randomInt(36).toString(36)).join("");
  #counter = 0;

  next(): string {
    return `exec-${Date.now()}-${++this.#counter}-${this.#life}`;
  }
}

/** @returns undefined for an id of another form */
export function orderOf(id: string): RunOrder | undefined {
  const [, time, count, life = ""] = ID.exec(id) ?? [];
  return time === undefined ? undefined : { time: Number(time), count: Number(count), life };
}

/** Zero for the same run only. */
export function compareNewestFirst(a: RunOrder, b: RunOrder): number {
  return b.time - a.time || b.count - a.count || (a.life === b.life ? 0 : a.life < b.life ? -1 : 1);
}
