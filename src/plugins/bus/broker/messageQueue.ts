/** An item that waits, with what decides its place. */
export interface Queued {
  /** 1 to 10. */
  readonly priority: number;
  readonly bytes: number;
}

/** Bytes that wait in several queues. */
export interface WaitingBytes {
  bytes: number;
}

const PRIORITIES = 10;
/** Room that consumed items may leave at the start of a lane before it is given back. */
const COMPACT_ABOVE = 1024;

/** Items by priority, each priority in the order of arrival. Takes and adds in constant time. */
export class MessageQueue<T extends Queued> {
  readonly #lanes: Fifo<T>[] = Array.from({ length: PRIORITIES + 1 }, () => new Fifo<T>());
  /** Bit n is set if lane n has items. */
  #occupied = 0;
  readonly #all: WaitingBytes;
  #length = 0;
  #bytes = 0;

  /** @param all counts the bytes of this queue and of others */
  constructor(all: WaitingBytes) {
    this.#all = all;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(item: T): void {
    const { priority } = item;
    this.#lanes[priority]?.push(item);
    this.#occupied |= 1 << priority;
    this.#length += 1;
    this.#bytes += item.bytes;
    this.#all.bytes += item.bytes;
  }

  /** Takes the first item of the highest priority. */
  shift(): T | undefined {
    return this.#occupied === 0 ? undefined : this.#take(31 - Math.clz32(this.#occupied));
  }

  /** Drops the oldest item of the lowest priority. */
  drop(): T | undefined {
    return this.#occupied === 0 ? undefined : this.#take(31 - Math.clz32(this.#occupied & -this.#occupied));
  }

  #take(priority: number): T | undefined {
    const lane = this.#lanes[priority];
    const item = lane?.shift();
    if (lane === undefined || item === undefined) return undefined;
    if (lane.isEmpty) this.#occupied &= ~(1 << priority);
    this.#length -= 1;
    this.#bytes -= item.bytes;
    this.#all.bytes -= item.bytes;
    return item;
  }
}

class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > COMPACT_ABOVE && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
