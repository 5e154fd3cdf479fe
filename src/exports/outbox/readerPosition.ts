import type { Fact } from "./fact.ts";
import type { OutboxFolder, ScannedLine, StoredCursor } from "./outboxFolder.ts";
import type { ReadLimits } from "./outboxReader.ts";
import { type LineBlock, readBlock, type Segment } from "./segment.ts";
import { decodeStored } from "./storedFact.ts";

/**
 * Maximum number of lines behind the mark that are remembered as done on the disk. A destination that is further ahead of
 * its oldest fact gets the rest again after a crash.
 */
const MAX_DONE = 10_000;

/** A fact that was returned and not acknowledged. */
interface Held {
  readonly number: number;
  readonly at: number;
}

/** The place of a fact that was just written. */
export interface WrittenFact {
  readonly segment: Segment;
  readonly number: number;
  readonly offset: number;
  /** Milliseconds of the Unix epoch. */
  readonly at: number;
}

/** The place of the next line. */
interface Place {
  segment: Segment;
  offset: number;
  number: number;
  /** The lines from there on that were read already. */
  block: LineBlock | undefined;
  /** Of the next line in the block. */
  index: number;
}

/** The position of one reader in one outbox. */
export class ReaderPosition {
  readonly folder: OutboxFolder;
  /** Number of facts that were removed, or damaged, before they were read. */
  dropped: number;
  readonly #wants: (fact: Fact) => boolean;
  /** True when the earlier lines are counted, so that no unread fact is missing. */
  #isCounted: boolean;
  /** In the order of their lines. */
  readonly #held = new Map<string, Held>();
  /** Acknowledged lines, at least those behind the mark. */
  readonly #done: Set<number>;
  readonly #unread = new Map<Segment, number>();
  #unreadCount = 0;
  #oldestUnreadAt = 0;
  #next: number;
  #place: Place | undefined;

  private constructor(folder: OutboxFolder, cursor: StoredCursor, wants: (fact: Fact) => boolean, isCounted: boolean) {
    const { mark, done, dropped } = cursor;
    this.folder = folder;
    this.dropped = dropped;
    this.#done = new Set(done);
    this.#next = mark + 1;
    this.#wants = wants;
    this.#isCounted = isCounted;
  }

  /** Begins with the next line. */
  static atEnd(folder: OutboxFolder, wants: (fact: Fact) => boolean): ReaderPosition {
    return new ReaderPosition(folder, { mark: folder.next - 1, done: [], dropped: 0 }, wants, true);
  }

  /** Goes on where a reader has ended. Call `count` with each earlier line, then `counted`. */
  static resumed(folder: OutboxFolder, cursor: StoredCursor, wants: (fact: Fact) => boolean): ReaderPosition {
    return new ReaderPosition(folder, cursor, wants, false);
  }

  /** Number of facts that were not acknowledged. */
  get facts(): number {
    return this.#unreadCount + this.#held.size;
  }

  get hasUnread(): boolean {
    return this.#unreadCount > 0;
  }

  /** Milliseconds of the Unix epoch. */
  get oldestAt(): number | undefined {
    const [oldest] = this.#held.values();
    return oldest?.at ?? (this.hasUnread ? this.#oldestUnreadAt : undefined);
  }

  /** All lines up to this number are done. */
  get mark(): number {
    const [oldest] = this.#held.values();
    if (oldest !== undefined) return oldest.number - 1;
    return (this.#isCounted && !this.hasUnread ? this.folder.next : this.#next) - 1;
  }

  cursor(): StoredCursor {
    const { mark, dropped } = this;
    for (const number of this.#done) if (number <= mark) this.#done.delete(number);
    return { mark, done: [...this.#done].slice(0, MAX_DONE), dropped };
  }

  /** Counts a fact that is wanted and was just written. */
  added({ segment, number, offset, at }: WrittenFact): void {
    if (this.#isCounted && !this.hasUnread) {
      this.#next = number;
      this.#place = { segment, offset, number, block: undefined, index: 0 };
    }
    this.#add(segment, at);
  }

  /** Counts a line of an earlier process. */
  count({ number, segment, line }: ScannedLine): void {
    if (line === undefined || !("fact" in line) || number < this.#next || this.#done.has(number)) return;
    if (this.#wants(line.fact)) this.#add(segment, line.fact.at);
  }

  counted(): void {
    this.#isCounted = true;
  }

  /** Returns the next facts. Call it again when it has settled. @throws Error if the next file cannot be read at this time */
  async read({ maxFacts, maxLength }: ReadLimits): Promise<Fact[]> {
    const facts: Fact[] = [];
    let length = 0;
    while (this.hasUnread && facts.length < maxFacts) {
      const place = await this.#placeOfNext().catch((error: unknown) => {
        // What was read is returned first.
        if (facts.length === 0) throw error;
      });
      const line = place?.block?.lines[place.index];
      if (place === undefined || line === undefined) break;
      const fact = this.#wantedIn(line, place.number);
      if (fact !== undefined && facts.length > 0 && length + line.length > maxLength) break;
      place.index += 1;
      place.number += 1;
      place.offset += line.length + 1;
      this.#next = Math.max(this.#next, place.number);
      if (fact === undefined) continue;
      this.#held.set(fact.id, { number: place.number - 1, at: fact.at });
      this.#oldestUnreadAt = fact.at;
      this.#discount(place.segment, 1);
      length += line.length;
      facts.push(fact);
    }
    return facts;
  }

  /** @returns false if the fact is not of this outbox */
  ack(id: string): boolean {
    const held = this.#held.get(id);
    if (held === undefined) return false;
    this.#held.delete(id);
    if (held.number > this.mark) this.#done.add(held.number);
    return true;
  }

  /** Gives up the facts of a file that is about to be removed. @returns their number */
  drop(segment: Segment): number {
    const lost = this.#discount(segment, Number.POSITIVE_INFINITY);
    this.dropped += lost;
    const after = this.folder.segmentAfter(segment);
    this.#next = Math.max(this.#next, after?.first ?? this.folder.next);
    if (this.#place?.segment === segment) this.#place = undefined;
    return lost;
  }

  /** @returns undefined if there is no more */
  async #placeOfNext(): Promise<Place | undefined> {
    for (;;) {
      const place = (this.#place ??= this.#firstPlace());
      if (place === undefined) return undefined;
      if (place.block?.lines[place.index] !== undefined) return place;
      const { bytes } = place.segment;
      const block = await readBlock(place.segment, place.offset);
      if (this.#place !== place) continue;
      if (block !== undefined && block.lines.length > 0) Object.assign(place, { block, index: 0 });
      // It may end there, or have been written in the meantime.
      if (place.block?.lines[place.index] !== undefined || place.segment.bytes !== bytes) continue;
      const after = this.folder.segmentAfter(place.segment);
      // What was counted and is not there was damaged.
      this.dropped += this.#discount(place.segment, Number.POSITIVE_INFINITY);
      if (after === undefined) return undefined;
      this.#place = { segment: after, offset: 0, number: after.first, block: undefined, index: 0 };
    }
  }

  #firstPlace(): Place | undefined {
    const segment = this.folder.segmentOf(this.#next);
    if (segment === undefined) return undefined;
    return { segment, offset: 0, number: segment.first, block: undefined, index: 0 };
  }

  #wantedIn(bytes: Buffer, number: number): Fact | undefined {
    if (number < this.#next || this.#done.has(number)) return undefined;
    const line = decodeStored(bytes);
    return line !== undefined && "fact" in line && this.#wants(line.fact) ? line.fact : undefined;
  }

  #add(segment: Segment, at: number): void {
    if (!this.hasUnread) this.#oldestUnreadAt = at;
    this.#unread.set(segment, (this.#unread.get(segment) ?? 0) + 1);
    this.#unreadCount += 1;
  }

  #discount(segment: Segment, count: number): number {
    const unread = this.#unread.get(segment) ?? 0;
    const taken = Math.min(unread, count);
    if (unread === taken) this.#unread.delete(segment);
    else this.#unread.set(segment, unread - taken);
    this.#unreadCount -= taken;
    return taken;
  }
}
