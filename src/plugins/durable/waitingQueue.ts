import type { Segment } from "./segment.ts";

/** The place of a line in the files. Compaction moves it. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
}

/** A stored message that waits for at least one consumer. */
export interface Waiting {
  /** Numbers messages in the order in which they were stored. */
  readonly seq: number;
  place: Place;
  /** Number of consumers that have not acknowledged it. */
  consumers: number;
}

/** The messages that wait for one consumer, in order. */
export class WaitingQueue {
  #items: Waiting[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** @param index 0 for the one that has waited longest */
  at(index: number): Waiting | undefined {
    return this.#items[this.#first + index];
  }

  get last(): Waiting | undefined {
    return this.at(this.length - 1);
  }

  slice(from: number, to: number): readonly Waiting[] {
    return this.#items.slice(this.#first + from, this.#first + to);
  }

  push(item: Waiting): void {
    this.#items.push(item);
  }

  shift(): Waiting | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    this.#first += 1;
    if (this.#first > 1000 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  remove(seq: number): Waiting | undefined {
    const index = this.#items.findLastIndex((item) => item.seq === seq);
    return index < this.#first ? undefined : this.#items.splice(index, 1)[0];
  }

  /** Sorts by number, after the files were read: compaction moves lines to later files. */
  sort(): void {
    this.#items = this.#items.slice(this.#first).toSorted((a, b) => a.seq - b.seq);
    this.#first = 0;
  }

  *[Symbol.iterator](): Generator<Waiting> {
    for (let at = this.#first; at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item !== undefined) yield item;
    }
  }
}
