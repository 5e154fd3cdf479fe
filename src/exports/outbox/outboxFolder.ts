import { readFile, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { Pace } from "../../base/pace.ts";
import type { FileClaim } from "../../core/sharedFolder/fileClaim.ts";
import { writeSecret } from "../../core/sharedFolder/secretFolder.ts";
import { decodeStored, type StoredLine } from "./storedFact.ts";
import { findSegments, readBlock, removeSegment, type Segment } from "./segment.ts";

const CURSOR_NAME = /^cursor-([a-z0-9-]{1,32})\.json$/;

const cursorSchema = z.object({
  /** All lines up to this number are done. */
  mark: z.int().min(0),
  /** Numbers of lines behind it that are done. */
  done: z.array(z.int()),
  dropped: z.int().min(0),
});

/** The position of a destination in one outbox. */
export type StoredCursor = z.infer<typeof cursorSchema>;

export interface ScannedLine {
  readonly number: number;
  readonly segment: Segment;
  /** Undefined if it is damaged. */
  readonly line: StoredLine | undefined;
}

/** The path of the file that says which process has an outbox. */
export function claimPath(path: string): string {
  return join(path, "claim.json");
}

/** The files of one outbox: the lines of one run of a bridge, and how far each destination has got with them. */
export class OutboxFolder {
  readonly path: string;
  readonly claim: FileClaim;
  #segments: readonly Segment[] = [];

  constructor(path: string, claim: FileClaim) {
    this.path = path;
    this.claim = claim;
  }

  /** Finds the files that another process has left. */
  async findSegments(): Promise<void> {
    this.#segments = await findSegments(this.path);
  }

  /** Oldest first. The list stays as it is when files are added or removed. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get name(): string {
    return basename(this.path);
  }

  /** The number of the next line. */
  get next(): number {
    const last = this.segments.at(-1);
    return last === undefined ? 1 : last.first + last.lines;
  }

  get bytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Returns the file that has this line or, if none has it, the next one. */
  segmentOf(number: number): Segment | undefined {
    return this.segments.findLast(({ first }) => first <= number) ?? this.segments[0];
  }

  segmentAfter(segment: Segment): Segment | undefined {
    return this.segments[this.segments.indexOf(segment) + 1];
  }

  /** Reads all lines from the beginning on, and counts them. Yields to the event loop. */
  async *scan(): AsyncGenerator<ScannedLine> {
    const pace = new Pace();
    for (const segment of this.segments) {
      const end = this.segmentAfter(segment)?.first ?? Number.POSITIVE_INFINITY;
      let offset = 0;
      let number = segment.first;
      for (
        let block = await readBlock(segment, offset);
        block !== undefined;
        block = await readBlock(segment, offset)
      ) {
        if (block.lines.length === 0) break;
        for (const line of block.lines) {
          if (number < end) yield { number: number++, segment, line: decodeStored(line) };
          await pace.pause();
        }
        offset = block.end;
      }
      segment.lines = Math.max(segment.lines, number - segment.first);
      segment.bytes = Math.max(offset, this.segments.at(-1) === segment ? segment.bytes : 0);
    }
  }

  add(segment: Segment): void {
    this.#segments = [...this.#segments, segment];
  }

  forget(segment: Segment): void {
    this.#segments = this.#segments.filter((known) => known !== segment);
  }

  /** Removes a file, unless another process has taken the outbox over: that one may not have delivered it. */
  async removeSegment(segment: Segment): Promise<void> {
    this.forget(segment);
    if (!(await this.claim.isLost())) await removeSegment(segment);
  }

  /** Removes everything, unless another process has taken it over. */
  async remove(): Promise<void> {
    this.#segments = [];
    if (!(await this.claim.isLost())) await rm(this.path, { recursive: true, force: true });
  }

  /** @returns undefined if the destination has no position here */
  async readCursor(name: string): Promise<StoredCursor | undefined> {
    try {
      return cursorSchema.parse(JSON.parse(await readFile(this.#cursorPath(name), "utf8")));
    } catch {
      return undefined;
    }
  }

  async writeCursor(name: string, cursor: StoredCursor): Promise<void> {
    await writeSecret(this.#cursorPath(name), JSON.stringify(cursor));
  }

  async removeCursor(name: string): Promise<void> {
    await rm(this.#cursorPath(name), { force: true });
  }

  /** Returns the names of the destinations that have a position here. */
  async cursorNames(): Promise<string[]> {
    const names = await readdir(this.path).catch(() => []);
    return names.map((name) => CURSOR_NAME.exec(name)?.[1]).filter((name) => name !== undefined);
  }

  #cursorPath(name: string): string {
    return join(this.path, `cursor-${name}.json`);
  }
}
