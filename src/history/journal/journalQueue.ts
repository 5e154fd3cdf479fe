import { ownTurn } from "../../base/ownTurn.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { JournalAllowance } from "./journalAllowance.ts";
import type { JournalEncoder, WaitingStep } from "./journalEncoder.ts";
import type { ExecutionEvent } from "./journalParts.ts";

/**
 * Maximum length of the queued text in characters. Steps and texts are dropped before that, so that all end lines fit.
 */
const MAX_WAITING_LENGTH = 32 * 1024 * 1024;
const NEARLY_FULL_LENGTH = (MAX_WAITING_LENGTH * 3) / 4;
/**
 * Unserialized entries keep whole executions in memory: above this weight they are serialized soon, above the next one
 * at once.
 */
const SERIALIZE_SOON_WEIGHT = 4 * 1024 * 1024;
const MAX_UNSERIALIZED_WEIGHT = 8 * SERIALIZE_SOON_WEIGHT;

interface Start {
  readonly kind: "start";
  /** Undefined if no line is needed. */
  execution: Execution | undefined;
  /** The steps that follow it, while they only lead from the queue to the start. */
  steps: readonly Step[] | undefined;
}

interface Step {
  readonly kind: "step";
  /** Undefined if no line is needed. */
  waiting: WaitingStep | undefined;
}

type Entry =
  | Start
  | Step
  | { readonly kind: "end"; readonly execution: Execution; readonly steps: readonly ExecutionEvent[] };

const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);
const none: readonly Step[] = [];

/**
 * The queue of lines to write, in order. Adding an entry only appends to a list; it is serialized later, and kept until
 * it is written. The queue is bounded: entries beyond the limit are counted and dropped.
 */
export class JournalQueue {
  readonly #encoder: JournalEncoder;
  readonly #allowance: JournalAllowance;
  #entries: Entry[] = [];
  #serialized = 0;
  /** Starts that are not serialized yet: an execution that ends soon needs no line for its start. */
  readonly #starts = new Map<string, Start>();
  #weight = 0;
  #isSerializationScheduled = false;
  #lines: string[] = [];
  #length = 0;
  #given = 0;
  #dropped = 0;

  constructor(encoder: JournalEncoder, allowance: JournalAllowance) {
    this.#encoder = encoder;
    this.#allowance = allowance;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#serialized === this.#entries.length;
  }

  /** Returns the number of lines dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Adds the start of an execution, which replaces an earlier one. */
  addStart(execution: Execution): void {
    const entry: Start = { kind: "start", execution, steps: this.#withdrawStart(execution.id) };
    this.#starts.set(execution.id, entry);
    this.#add(entry, 0);
  }

  addStep(event: ExecutionEvent): void {
    const waiting = this.#allowance.take(event);
    const step: Step = { kind: "step", waiting };
    const start = this.#starts.get(event.executionId);
    // Not `push`: it reserves capacity for 17 elements, and thousands of these lists exist.
    if (start !== undefined) start.steps = beginnings.has(event.type) ? start.steps?.concat(step) : undefined;
    this.#add(step, weightOf(waiting.event));
  }

  /**
   * Adds the end of an execution. If it only started and completed while its lines were queued, a single line contains
   * it all.
   * @param event its last step, which is implied by the execution
   */
  addEnd(event: ExecutionEvent, execution: Execution): void {
    this.#allowance.forget(execution.id);
    const hasStarted = this.#starts.has(execution.id);
    const before = this.#withdrawStart(execution.id);
    if (!hasStarted || before === undefined || event.type !== "command-completed") {
      this.#add({ kind: "step", waiting: { event, unwritten: 0 } }, STEP);
      this.#add({ kind: "end", execution, steps: [] }, weightOfEnd(execution));
      return;
    }
    const steps = before.flatMap(({ waiting }) => waiting?.event ?? []).concat(event);
    for (const step of before) step.waiting = undefined;
    this.#add({ kind: "end", execution, steps }, weightOfEnd(execution));
  }

  /** Returns the next lines, of about this length. They stay in the queue until `drop`. */
  next(length: number): string {
    this.#serialize(length);
    let total = 0;
    let count = 0;
    while (count < this.#lines.length && total < length) total += this.#lines[count++]?.length ?? 0;
    this.#given = count;
    return this.#lines.slice(0, count).join("");
  }

  /** Removes the lines returned by the last call of `next`. */
  drop(): void {
    for (const line of this.#lines.splice(0, this.#given)) this.#length -= line.length;
    this.#given = 0;
  }

  /** Empties the queue. */
  clear(): void {
    this.#serialize(Number.POSITIVE_INFINITY);
    this.#lines = [];
    this.#length = 0;
    this.#given = 0;
    this.#dropped = 0;
  }

  #add(entry: Entry, weight: number): void {
    this.#entries.push(entry);
    this.#weight += weight;
    if (this.#weight > MAX_UNSERIALIZED_WEIGHT) this.#serialize(Number.POSITIVE_INFINITY);
    else if (this.#weight > SERIALIZE_SOON_WEIGHT) this.#serializeSoon();
  }

  /** Serializes in a later turn of the event loop: a large run takes milliseconds. */
  #serializeSoon(): void {
    if (this.#isSerializationScheduled) return;
    this.#isSerializationScheduled = true;
    void ownTurn().then(() => {
      this.#isSerializationScheduled = false;
      this.#serialize(Number.POSITIVE_INFINITY);
    });
  }

  /** @returns the steps that follow it, or an empty list if no start is queued */
  #withdrawStart(id: string): readonly Step[] | undefined {
    const entry = this.#starts.get(id);
    if (entry === undefined) return none;
    entry.execution = undefined;
    this.#starts.delete(id);
    return entry.steps;
  }

  /** Serializes entries until the lines have this length. */
  #serialize(length: number): void {
    for (; this.#serialized < this.#entries.length && this.#length < length; this.#serialized++) {
      const entry = this.#entries[this.#serialized];
      const line = entry === undefined ? "" : this.#lineOf(entry);
      if (line !== "") this.#lines.push(line);
      this.#length += line.length;
    }
    if (this.#serialized < this.#entries.length) return;
    this.#entries = [];
    this.#serialized = 0;
    this.#weight = 0;
  }

  #lineOf(entry: Entry): string {
    const hasRoom = this.#length < NEARLY_FULL_LENGTH;
    const isFull = this.#length >= MAX_WAITING_LENGTH;
    switch (entry.kind) {
      case "start": {
        const { execution } = entry;
        if (execution === undefined) return "";
        this.#starts.delete(execution.id);
        if (!isFull) return this.#encoder.start(execution, hasRoom);
        break;
      }
      case "step": {
        if (entry.waiting === undefined) return "";
        const line = this.#encoder.step(entry.waiting, hasRoom);
        if (hasRoom) return line;
        break;
      }
      case "end":
        if (!isFull) return this.#encoder.end(entry.execution, hasRoom, entry.steps);
        this.#encoder.forget(entry.execution.id);
        break;
    }
    this.#dropped++;
    return "";
  }
}

/** Overhead of a step, in characters. */
const STEP = 100;

/** Estimates the length of a step, in characters. */
function weightOf(event: ExecutionEvent): number {
  let weight = STEP;
  for (const value of Object.values(event)) if (typeof value === "string") weight += value.length;
  return weight;
}

/** Estimates the length of an end line: the result of a command is about as large as its output. */
function weightOfEnd({ taskWeight, output }: Execution): number {
  return STEP + taskWeight + 2 * output.length;
}
