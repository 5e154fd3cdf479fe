import { randomInt } from "node:crypto";

const ID = /^exec-(\d{1,16})-(\d{1,16})(?:-([a-z0-9]{1,16}))?$/;
const LIFE_LENGTH = 6;

/** The creation order of an execution, encoded in its ID: `exec-<epoch ms>-<counter>-<life>`. */
export interface RunOrder {
  readonly time: number;
  readonly count: number;
  /** Identifies the run of a bridge; empty in older IDs. */
  readonly life: string;
}

/** The order of an execution whose ID does not encode it. */
export const unknownOrder: RunOrder = { time: 0, count: 0, life: "" };

/**
 * Generates the IDs of one bridge. Windows count independently and at the same time: without the last part, two could
 * generate the same ID, and their common history would lose an execution.
 */
export class RunIds {
  readonly #life = Array.from({ length: LIFE_LENGTH }, () => randomInt(36).toString(36)).join("");
  #counter = 0;

  next(): string {
    return `exec-${Date.now()}-${++this.#counter}-${this.#life}`;
  }
}

/** @returns undefined for an ID in another format */
export function orderOf(id: string): RunOrder | undefined {
  const [, time, count, life = ""] = ID.exec(id) ?? [];
  return time === undefined ? undefined : { time: Number(time), count: Number(count), life };
}

/** Compares two executions. Zero means the same one. */
export function compareNewestFirst(a: RunOrder, b: RunOrder): number {
  return b.time - a.time || b.count - a.count || (a.life === b.life ? 0 : a.life < b.life ? -1 : 1);
}
