import type { Segment } from "./segment.ts";
import type { Place } from "./waitingQueue.ts";

/** Maximum size of one write in bytes, unless one line is larger. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

export interface LogWriterDeps {
  /** Returns the file for the next lines, which begins another one if the current one is large. */
  readonly segment: () => Promise<Segment>;
  /** Gives up the current file, which may end with lines that were not confirmed. */
  readonly abandon: () => void;
  /** Takes the lines of changes that were not written yet, which go before all others. */
  readonly takeChanges: () => Changes;
  /** Throws if another process has taken over the log. Called after each durable write, before it is confirmed. */
  readonly check: () => Promise<void>;
  /** Called after each write, with the error if it has failed. */
  readonly onDidWrite: (error: unknown) => void;
  /** Called between two writes. */
  readonly maintain: () => Promise<void>;
}

export interface Changes {
  readonly lines: readonly string[];
  /** They could not be written. */
  keep(): void;
}

/** Called in the order of the lines, before the promise of the line settles. */
export interface LineListener {
  onWritten(place: Place): void;
  /** The line may be on the disk, or not. */
  onFailed?(): void;
}

interface Line {
  readonly bytes: Buffer;
  readonly listener: LineListener | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Step = "changes" | "lines";

/**
 * Writes lines in the order of their arrival. All that arrives during a write goes into the next one together: one write
 * and one `fdatasync` for all publishers that wait.
 */
export class LogWriter {
  readonly #deps: LogWriterDeps;
  #lines: Line[] = [];
  #running: Promise<void> | undefined;
  #hasChanges = false;
  #closed: Error | undefined;

  constructor(deps: LogWriterDeps) {
    this.#deps = deps;
  }

  /** Resolves when the line is on the disk. */
  write(line: string, listener?: LineListener): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#lines.push({ bytes: Buffer.from(line), listener, resolve, reject });
      this.#run();
    });
  }

  /** Writes changes soon, and does not wait for the disk. */
  writeChanges(): void {
    if (this.#closed !== undefined) return;
    this.#hasChanges = true;
    this.#run();
  }

  /** Resolves when nothing is left to write. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Rejects what waits, and all that comes later. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#lines.splice(0)) reject(error);
  }

  #run(): void {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
      if (this.#next() !== undefined) this.#run();
    });
  }

  #next(): Step | undefined {
    if (this.#closed !== undefined) return undefined;
    if (this.#lines.length > 0) return "lines";
    return this.#hasChanges ? "changes" : undefined;
  }

  async #writeAll(): Promise<void> {
    // All publishers of this turn of the event loop share the first write.
    await Promise.resolve();
    while (this.#next() !== undefined) {
      const batch = this.#takeBatch();
      this.#hasChanges = false;
      await this.#writeBatch(batch);
      // A failure leaves the files as they were, and is found again by the next write.
      await this.#deps.maintain().catch(() => undefined);
    }
  }

  #takeBatch(): readonly Line[] {
    let bytes = 0;
    let count = 0;
    for (const line of this.#lines) {
      bytes += line.bytes.length;
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count += 1;
    }
    return this.#lines.splice(0, count);
  }

  async #writeBatch(batch: readonly Line[]): Promise<void> {
    const { segment, takeChanges, abandon, check, onDidWrite } = this.#deps;
    let changes: Changes | undefined;
    try {
      const file = await segment();
      changes = takeChanges();
      const head = Buffer.from(changes.lines.join(""));
      const bytes = Buffer.concat([head, ...batch.map((line) => line.bytes)]);
      if (bytes.length === 0) return;
      let offset = (await file.append(bytes, batch.length > 0)) + head.length;
      if (batch.length > 0) await check();
      for (const line of batch) {
        line.listener?.onWritten({ segment: file, offset, length: line.bytes.length - 1 });
        offset += line.bytes.length;
      }
      for (const { resolve } of batch) resolve();
      onDidWrite(undefined);
    } catch (error) {
      changes?.keep();
      abandon();
      for (const { listener } of batch) listener?.onFailed?.();
      for (const { reject } of batch) reject(error);
      onDidWrite(error);
    }
  }
}
