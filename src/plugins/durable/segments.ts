import { encodeLine } from "../../core/sharedFolder/checkedLines.ts";
import type { Generation } from "./generations.ts";
import type { LogFiles } from "./logFolder.ts";
import type { LogState } from "./logState.ts";
import { move } from "./readLog.ts";
import { Segment } from "./segment.ts";
import type { Place } from "./waitingQueue.ts";

const MAX_WRITE_BYTES = 1024 * 1024;
const IDS_PER_LINE = 5000;
const NEWLINE_BYTES = 1;

export interface SegmentsDeps {
  readonly files: LogFiles;
  readonly generation: Generation;
  readonly state: LogState;
}

/**
 * The files of the log. One is written; the others are removed when nothing in them is needed, or are compacted: what
 * is needed of them is written again at the end of the log.
 */
export class Segments {
  readonly #deps: SegmentsDeps;
  readonly #maxSegmentBytes: number;
  readonly #closed = new Set<Segment>();
  #current: Segment | undefined;
  #count = 0;

  constructor(deps: SegmentsDeps, maxSegmentBytes: number) {
    this.#deps = deps;
    this.#maxSegmentBytes = maxSegmentBytes;
  }

  /** Size of all files in bytes. */
  get totalBytes(): number {
    let bytes = this.#current?.size ?? 0;
    for (const { size } of this.#closed) bytes += size;
    return bytes;
  }

  /** Adds a file of an earlier generation. */
  addClosed(segment: Segment): void {
    this.#closed.add(segment);
  }

  /** Returns the file for the next lines. */
  async current(): Promise<Segment> {
    if (this.#current !== undefined && this.#current.size < this.#maxSegmentBytes) return this.#current;
    this.abandon();
    const { files, generation, state } = this.#deps;
    const name = generation.segmentName(this.#count++);
    const segment = new Segment(name, await files.create(name));
    try {
      await segment.append(Buffer.from(encodeLine(state.beginning())), true);
      await files.sync();
    } catch (error) {
      // On a full disk, empty files can still be created: each attempt would leave one.
      await segment.close().catch(() => undefined);
      await files.remove(name).catch(() => undefined);
      throw error;
    }
    this.#current = segment;
    return segment;
  }

  /** Ends the current file. */
  abandon(): void {
    if (this.#current !== undefined) this.#closed.add(this.#current);
    this.#current = undefined;
  }

  /** Frees the space of the files of which at most a part is needed. @param part of the size, 0 to 1 */
  async compact(part: number): Promise<void> {
    // Without the files that this ends.
    const closed = Array.from(this.#closed);
    for (const segment of closed) {
      if (segment.liveBytes > segment.size * part) continue;
      await this.#carry(segment);
      await this.#deps.generation.check();
      await this.#deps.files.remove(segment.name);
      this.#closed.delete(segment);
      await segment.close();
    }
  }

  /** Writes the log again, without what is not needed, in place of the files of earlier generations. */
  async takeOver(): Promise<void> {
    const earlier = [...this.#closed];
    await this.current();
    for (const segment of earlier) await this.#carry(segment);
    await this.#deps.generation.ready();
    for (const segment of earlier) {
      this.#closed.delete(segment);
      await segment.close();
    }
  }

  /** Writes what is needed of a closed file at the end of the log. */
  async #carry(segment: Segment): Promise<void> {
    const { state } = this.#deps;
    const ids = state.ids.in(segment);
    for (let at = 0; at < ids.length; at += IDS_PER_LINE) {
      const part = ids.slice(at, at + IDS_PER_LINE);
      const target = await this.current();
      await target.append(Buffer.from(encodeLine({ type: "ids", ids: part })), true);
      for (const id of part) state.ids.move(id, target);
    }
    const items = placedIn(state).filter(({ item }) => item.place.segment === segment);
    if (items.length === 0) return;
    const bytes = await segment.readAll();
    for (const group of groupsOf(items)) await this.#carryLines(bytes, group);
  }

  /** Closes all files. */
  async close(): Promise<void> {
    this.abandon();
    for (const segment of this.#closed) await segment.close().catch(() => undefined);
  }

  async #carryLines(bytes: Buffer, items: readonly Placed[]): Promise<void> {
    const target = await this.current();
    const lines = items
      .map(({ item: { place } }) => place)
      .map(({ offset, length }) => bytes.subarray(offset, offset + length + NEWLINE_BYTES));
    let offset = await target.append(Buffer.concat(lines), true);
    for (const { item, isNeeded } of items) {
      const { length } = item.place;
      // It may have been acknowledged or removed meanwhile.
      if (isNeeded()) move(item, { segment: target, offset, length });
      offset += length + NEWLINE_BYTES;
    }
  }
}

interface Placed {
  readonly item: { place: Place };
  readonly isNeeded: () => boolean;
}

function placedIn(state: LogState): readonly Placed[] {
  const letters = [...state.letters].map(([id, item]) => ({ item, isNeeded: () => state.letters.get(id) === item }));
  const waiting = new Set([...state.consumers.values()].flatMap((consumer) => [...consumer.waiting]));
  return [...letters, ...[...waiting].map((item) => ({ item, isNeeded: () => item.consumers > 0 }))];
}

function groupsOf(items: readonly Placed[]): readonly (readonly Placed[])[] {
  const groups: Placed[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const placed of items) {
    const { length } = placed.item.place;
    bytes += length;
    if (bytes > MAX_WRITE_BYTES) {
      groups.push([]);
      bytes = length;
    }
    groups.at(-1)?.push(placed);
  }
  return groups;
}
