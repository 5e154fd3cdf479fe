import { ownTurn } from "../../base/ownTurn.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { JournalAllowance } from "./journalAllowance.ts";
import type { ExecutionEvent, JournalEncoder, WaitingStep } from "./journalEncoder.ts";

/** So much text may wait for a slow disk, in characters. Steps and texts are left out before, so that all ends have room. */
const MAX_WAITING_LENGTH = 32 * 1024 * 1024;
const CROWDED_LENGTH = (MAX_WAITING_LENGTH * 3) / 4;
/** What waits unspelled holds on to whole executions: with the first weight it is spelled soon, with the second at once. */
const SPELL_SOON_WEIGHT = 4 * 1024 * 1024;
const MAX_UNSPELLED_WEIGHT = 8 * SPELL_SOON_WEIGHT;

interface Start {
  readonly kind: "start";
  /** Undefined when no line is needed for it. */
  execution: Execution | undefined;
  /** What has come behind it, as long as that is no more than the execution's way to its start. */
  steps: readonly Step[] | undefined;
}

interface Step {
  readonly kind: "step";
  /** Undefined when no line is needed for it. */
  waiting: WaitingStep | undefined;
}

type Entry =
  | Start
  | Step
  | { readonly kind: "end"; readonly execution: Execution; readonly steps: readonly ExecutionEvent[] };

const beginnings: ReadonlySet<string> = new Set(["command-queued", "command-started"]);
const none: readonly Step[] = [];

/**
 * Lines that wait to be written, in order. To take one in costs a push to a list; it is spelled later, and stays until
 * it was written. What waits is bounded: beyond that it is counted and dropped.
 */
export class JournalQueue {
  readonly #encoder: JournalEncoder;
  readonly #allowance: JournalAllowance;
  #entries: Entry[] = [];
  #spelled = 0;
  /** Beginnings that are not spelled: one that ends at once needs no line for it. */
  readonly #starts = new Map<string, Start>();
  #weight = 0;
  #isSpelledSoon = false;
  #lines: string[] = [];
  #length = 0;
  #given = 0;
  #dropped = 0;

  constructor(encoder: JournalEncoder, allowance: JournalAllowance) {
    this.#encoder = encoder;
    this.#allowance = allowance;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#spelled === this.#entries.length;
  }

  /** How many lines were left out since it was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Only the latest beginning is of use. */
  addStart(execution: Execution): void {
    const entry: Start = { kind: "start", execution, steps: this.#withdrawStart(execution.id) };
    this.#starts.set(execution.id, entry);
    this.#add(entry, 0);
  }

  addStep(event: ExecutionEvent): void {
    const waiting = this.#allowance.take(event);
    const step: Step = { kind: "step", waiting };
    const start = this.#starts.get(event.executionId);
    // Not `push`: a list that grows takes room for seventeen, and these wait by the thousand.
    if (start !== undefined) start.steps = beginnings.has(event.type) ? start.steps?.concat(step) : undefined;
    this.#add(step, weightOf(waiting.event));
  }

  /**
   * An execution that did nothing but start and complete while its lines waited gets one line for all.
   * @param event its last step, which says nothing that the execution does not
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

  /** The next lines, about so many characters. They stay until `drop`. */
  next(length: number): string {
    this.#spell(length);
    let total = 0;
    let count = 0;
    while (count < this.#lines.length && total < length) total += this.#lines[count++]?.length ?? 0;
    this.#given = count;
    return this.#lines.slice(0, count).join("");
  }

  /** What `next` gave last is written. */
  drop(): void {
    for (const line of this.#lines.splice(0, this.#given)) this.#length -= line.length;
    this.#given = 0;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#spell(Number.POSITIVE_INFINITY);
    this.#lines = [];
    this.#length = 0;
    this.#given = 0;
    this.#dropped = 0;
  }

  #add(entry: Entry, weight: number): void {
    this.#entries.push(entry);
    this.#weight += weight;
    if (this.#weight > MAX_UNSPELLED_WEIGHT) this.#spell(Number.POSITIVE_INFINITY);
    else if (this.#weight > SPELL_SOON_WEIGHT) this.#spellSoon();
  }

  /** A large run takes milliseconds to spell: not in the turn in which it ends. */
  #spellSoon(): void {
    if (this.#isSpelledSoon) return;
    this.#isSpelledSoon = true;
    void ownTurn().then(() => {
      this.#isSpelledSoon = false;
      this.#spell(Number.POSITIVE_INFINITY);
    });
  }

  /** @returns what has come behind it; an empty list when there was no beginning that waits */
  #withdrawStart(id: string): readonly Step[] | undefined {
    const entry = this.#starts.get(id);
    if (entry === undefined) return none;
    entry.execution = undefined;
    this.#starts.delete(id);
    return entry.steps;
  }

  /** Until so many characters of lines wait. */
  #spell(length: number): void {
    for (; this.#spelled < this.#entries.length && this.#length < length; this.#spelled++) {
      const entry = this.#entries[this.#spelled];
      const line = entry === undefined ? "" : this.#lineOf(entry);
      if (line !== "") this.#lines.push(line);
      this.#length += line.length;
    }
    if (this.#spelled < this.#entries.length) return;
    this.#entries = [];
    this.#spelled = 0;
    this.#weight = 0;
  }

  #lineOf(entry: Entry): string {
    const hasRoom = this.#length < CROWDED_LENGTH;
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

/** What any step costs, in characters. */
const STEP = 100;

/** Characters of text, roughly. */
function weightOf(event: ExecutionEvent): number {
  let weight = STEP;
  for (const value of Object.values(event)) if (typeof value === "string") weight += value.length;
  return weight;
}

/** The result of a command is about as large as its output. */
function weightOfEnd({ taskWeight, output }: Execution): number {
  return STEP + taskWeight + 2 * output.length;
}
