import type { Disposable } from "../../base/disposables.ts";
import type { EventPayload } from "../../protocol/events.ts";

/** Takes events in the order in which they happened; `EventLog` is one. */
export interface EventWriter {
  append(payload: EventPayload): unknown;
}

type Output = Extract<EventPayload, { type: "command-output" }>;

/** Merged chunks are not longer, in characters; a single chunk that is longer passes as it is. */
const MAX_HELD_LENGTH = 64 * 1024;
/**
 * The shortest time between two events of a stream of output, in milliseconds: a chunk after a pause waits for the end
 * of this turn of the event loop only, one in a rush for 4 ms at most. (A chunk must be with its readers within 5 ms.)
 */
const MIN_INTERVAL_MS = 4;

/**
 * Merges chunks of output that follow each other, before they become events: a CLI speaks in crumbs. Order is kept
 * strictly: whatever else is to be told, a chunk of another execution included, first lets out what is held.
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

  /** @param now in milliseconds, from any beginning; a test has a clock of its own. */
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

  /** Lets out what is held. */
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
