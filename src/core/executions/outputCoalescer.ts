import type { Disposable } from "../../base/disposables.ts";
import type { EventPayload } from "../../protocol/events.ts";

/** Receives events in order, such as `EventLog`. */
export interface EventWriter {
  append(payload: EventPayload): unknown;
}

type Output = Extract<EventPayload, { type: "command-output" }>;

/** Maximum length of merged chunks, in characters. A single longer chunk is passed on unchanged. */
const MAX_HELD_LENGTH = 64 * 1024;
/**
 * Minimum time in milliseconds between two output events: a chunk after a pause only waits for the end of this turn of
 * the event loop, one in a burst for 4 ms at most. (Readers must receive a chunk within 5 ms.)
 */
const MIN_INTERVAL_MS = 4;

/**
 * Merges adjacent chunks of output before they become events, because CLIs write very small chunks. Preserves the
 * order: any other event, including output of another execution, flushes the pending chunk first.
 */
export class OutputCoalescer implements EventWriter, Disposable {
  readonly #log: EventWriter;
  readonly #now: () => number;
  #held: Output | undefined;
  #chunks: string[] = [];
  #length = 0;
  #lastFlushAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /** @param now monotonic time in milliseconds, injectable for tests */
  constructor(log: EventWriter, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  append(payload: EventPayload): void {
    if (payload.type === "command-output") this.#hold(payload);
    else {
      this.flush();
      this.#log.append(payload);
    }
  }

  /** Flushes the pending chunk. */
  flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const output = this.#chunks.length === 1 ? held.output : this.#chunks.join("");
    this.#held = undefined;
    this.#chunks = [];
    this.#length = 0;
    this.#tell({ ...held, output });
  }

  dispose(): void {
    this.flush();
  }

  #hold(chunk: Output): void {
    if (this.#held !== undefined && !this.#fits(this.#held, chunk)) this.flush();
    if (this.#held === undefined) {
      if (chunk.output.length >= MAX_HELD_LENGTH) return this.#tell(chunk);
      this.#held = chunk;
      this.#schedule();
    }
    this.#chunks.push(chunk.output);
    this.#length += chunk.output.length;
    if (this.#length >= MAX_HELD_LENGTH) this.flush();
  }

  #tell(output: Output): void {
    this.#lastFlushAt = this.#now();
    this.#log.append(output);
  }

  #fits(held: Output, { executionId, stream, output }: Output): boolean {
    const isSame = held.executionId === executionId && held.stream === stream;
    return isSame && this.#length + output.length <= MAX_HELD_LENGTH;
  }

  #schedule(): void {
    const wait = this.#lastFlushAt + MIN_INTERVAL_MS - this.#now();
    if (wait <= 0) this.#immediate = setImmediate(() => this.flush());
    else this.#timer = setTimeout(() => this.flush(), wait);
  }
}
