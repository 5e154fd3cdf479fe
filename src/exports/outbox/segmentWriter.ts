import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { codeOf } from "../../core/sharedFolder/retryBusyFile.ts";
import type { OutboxFolder } from "./outboxFolder.ts";
import { type Segment, segmentPath } from "./segment.ts";

const OWNER_ONLY_FILE = 0o600;
/** Size in bytes above which the next lines go to another file: files are removed as a whole. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;

/** Writes bytes of a file and returns their number, as `writeSync` of Node. */
export type WriteSync = (file: number, bytes: Uint8Array) => number;

export interface SegmentWriterDeps {
  /** Returns the first line of a file, or "". */
  readonly header: () => string;
  readonly write: WriteSync;
  readonly segmentBytes: number;
}

export const writeToFile: WriteSync = (file, bytes) => writeSync(file, bytes);

/**
 * Appends lines to the files of an outbox. Synchronous: what it has written survives the end of the process, and a line
 * takes microseconds, since it goes to the memory of the system.
 */
export class SegmentWriter {
  readonly #folder: OutboxFolder;
  readonly #deps: SegmentWriterDeps;
  #file: number | undefined;
  #segment: Segment | undefined;

  constructor(folder: OutboxFolder, deps: SegmentWriterDeps) {
    this.#folder = folder;
    this.#deps = deps;
  }

  /** The file that is written, which must not be removed. */
  get segment(): Segment | undefined {
    return this.#segment;
  }

  /**
   * Appends lines to one file: all, or none if the disk permits.
   * @returns the file
   */
  append(bytes: Uint8Array, lines: number): Segment {
    const { segment, file } = this.#open(bytes.length);
    try {
      this.#write(file, bytes);
    } catch (error) {
      this.#abandon(file, segment);
      throw error;
    }
    segment.bytes += bytes.length;
    segment.lines += lines;
    return segment;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#segment = undefined;
  }

  #open(bytes: number): { readonly segment: Segment; readonly file: number } {
    const segment = this.#segment;
    const isFull = segment !== undefined && segment.lines > 1 && segment.bytes + bytes > this.#deps.segmentBytes;
    if (isFull) this.close();
    else if (segment !== undefined && this.#file !== undefined) return { segment, file: this.#file };
    return this.#begin();
  }

  #begin(): { readonly segment: Segment; readonly file: number } {
    for (let first = this.#folder.next; ; first++) {
      const path = segmentPath(this.#folder.path, first);
      const file = openIfNew(path);
      if (file === undefined) continue;
      const segment: Segment = { path, first, lines: 0, bytes: 0 };
      const header = this.#deps.header();
      try {
        this.#write(file, Buffer.from(header));
      } catch (error) {
        this.#abandon(file, segment);
        throw error;
      }
      segment.bytes = Buffer.byteLength(header);
      segment.lines = header === "" ? 0 : 1;
      this.#file = file;
      this.#segment = segment;
      this.#folder.add(segment);
      return { segment, file };
    }
  }

  #write(file: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += this.#deps.write(file, bytes.subarray(at));
  }

  /** Gives up a file after an error: it may end with a part of a line, after which nothing must be written. */
  #abandon(file: number, segment: Segment): void {
    this.#file = undefined;
    this.#segment = undefined;
    try {
      ftruncateSync(file, segment.bytes);
    } catch {
      // Readers stop at the length that is known, and later ones at the last newline.
    }
    closeSync(file);
    if (segment.lines > 0) return;
    this.#folder.forget(segment);
    rmSync(segment.path, { force: true });
  }
}

function openIfNew(path: string): number | undefined {
  try {
    return openSync(path, "ax", OWNER_ONLY_FILE);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  }
}
