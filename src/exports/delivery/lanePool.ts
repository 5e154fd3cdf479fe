import type { Fact } from "../outbox/fact.ts";
import type { SendLimits } from "./destination.ts";
import type { FactSource } from "./factSource.ts";

/** Interval, in batches, at which a batch begins with facts that have failed before. */
const FAILED_FIRST_EVERY = 4;

/** A fact that waits for its delivery. */
export interface Entry {
  readonly fact: Fact;
  /** As JSON, in characters. */
  readonly length: number;
  readonly source: FactSource;
  /** Attempts that failed. */
  failures: number;
}

/** The facts of one execution, in order: only one batch has some of them at a time. */
interface Lane {
  readonly key: string;
  readonly entries: Entry[];
  /** Of its entries, as JSON in characters. */
  length: number;
  isSending: boolean;
  /** The number of facts at the beginning that are sent one by one, to find out which of them fails. */
  alone: number;
  /** Time of the clock before which the lane waits. */
  dueAt: number;
  /** True if it waits because the whole destination had failed. */
  isOfOutage: boolean;
}

/** Facts that are sent together. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly lanes: readonly { readonly lane: Lane; readonly count: number }[];
}

/** Facts that were read and not delivered, by execution. Chooses which are sent next. */
export class LanePool {
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that are due and have not failed. Round robin: a lane that was served goes to the end. */
  readonly #due = new Set<Lane>();
  /** Lanes with a failed attempt: they wait for the next one, or their facts are sent one by one. */
  readonly #retrying = new Set<Lane>();
  #turns = 0;
  #size = 0;
  #length = 0;
  #failed = 0;

  get size(): number {
    return this.#size;
  }

  /** As JSON, in characters. */
  get length(): number {
    return this.#length;
  }

  /** True if there are facts that have failed while the destination took others. */
  get hasFailed(): boolean {
    return this.#failed > 0;
  }

  /** The facts that wait for another attempt while others can be sent. */
  get waiting(): { readonly facts: number; readonly length: number } {
    let [facts, length] = [0, 0];
    for (const lane of this.#retrying) {
      if (lane.dueAt === 0) continue;
      facts += lane.entries.length;
      length += lane.length;
    }
    return { facts, length };
  }

  /** The earliest time at which a lane that waits is due. */
  get nextDueAt(): number | undefined {
    let next: number | undefined;
    for (const { dueAt } of this.#retrying) if (dueAt > 0) next = Math.min(dueAt, next ?? dueAt);
    return next;
  }

  add(facts: readonly Fact[], source: FactSource): void {
    for (const fact of facts) {
      const entry = { fact, length: JSON.stringify(fact).length, source, failures: 0 };
      const lane = this.#laneOf(fact);
      lane.entries.push(entry);
      this.#size += 1;
      this.#length += entry.length;
      lane.length += entry.length;
      if (lane.entries.length === 1) this.#place(lane);
    }
  }

  /** Takes the next batch of the lanes that are due. Settle it with `remove` or `return`. */
  take({ maxFacts, maxLength }: SendLimits, now: number): Batch | undefined {
    const entries: Entry[] = [];
    const lanes: { lane: Lane; count: number }[] = [];
    let length = 0;
    for (const lane of this.#inTurn(now)) {
      const isAlone = lane.alone > 0;
      if (isAlone && entries.length > 0) continue;
      let count = 0;
      for (const entry of lane.entries) {
        const isFull = entries.length >= maxFacts || length + entry.length > maxLength || (isAlone && count > 0);
        if (entries.length > 0 && isFull) break;
        entries.push(entry);
        length += entry.length;
        count += 1;
      }
      if (count > 0) lanes.push({ lane, count });
      if (isAlone || count < lane.entries.length || entries.length >= maxFacts) break;
    }
    for (const { lane } of lanes) {
      lane.isSending = true;
      lane.dueAt = 0;
      this.#place(lane);
    }
    return entries.length === 0 ? undefined : { entries, lanes };
  }

  /** Removes the facts of a batch that are settled, all of them by default. The others are due again. */
  remove(batch: Batch, isSettled: (entry: Entry) => boolean = () => true): void {
    for (const { lane, count } of batch.lanes) {
      const sent = lane.entries.splice(0, count);
      const kept = sent.filter((entry) => !isSettled(entry));
      lane.entries.unshift(...kept);
      lane.alone = Math.max(0, lane.alone - (sent.length - kept.length));
      lane.isSending = false;
      this.#place(lane);
      for (const { length, failures } of sent.filter(isSettled)) {
        this.#size -= 1;
        this.#length -= length;
        lane.length -= length;
        if (failures > 0) this.#failed -= 1;
      }
    }
  }

  /** Counts a failure of the facts of a batch. */
  fail(batch: Batch): void {
    for (const entry of batch.entries) {
      if (entry.failures === 0) this.#failed += 1;
      entry.failures += 1;
    }
  }

  /** Takes a batch back. @param alone true to send its facts one by one */
  return(batch: Batch, alone = false): void {
    for (const { lane, count } of batch.lanes) {
      lane.isSending = false;
      if (alone) lane.alone = Math.max(lane.alone, count);
      this.#place(lane);
    }
  }

  /** Lets the lanes of a batch that was taken back wait. @param dueAt of the lane whose first fact this is; 0 not to wait */
  delay(batch: Batch, dueAt: (first: Entry) => number, isOfOutage: boolean): void {
    for (const { lane } of batch.lanes) {
      const [first] = lane.entries;
      if (first === undefined) continue;
      lane.dueAt = dueAt(first);
      lane.isOfOutage = isOfOutage;
      this.#place(lane);
    }
  }

  /** Makes the lanes due that wait, or only those that wait because the whole destination had failed. */
  wake(which: "all" | "outage"): void {
    for (const lane of [...this.#retrying].filter(({ isOfOutage }) => which === "all" || isOfOutage)) {
      lane.dueAt = 0;
      this.#place(lane);
    }
  }

  /** Returns the lanes that are due: retries last, but first in every fourth batch, so that they do not starve. */
  *#inTurn(now: number): Generator<Lane> {
    this.#turns += 1;
    const isTheirTurn = this.#turns % FAILED_FIRST_EVERY === 0;
    if (isTheirTurn) yield* this.#dueRetries(now);
    yield* this.#due;
    if (!isTheirTurn) yield* this.#dueRetries(now);
  }

  *#dueRetries(now: number): Generator<Lane> {
    for (const lane of this.#retrying) if (lane.dueAt <= now) yield lane;
  }

  /** Puts a lane, whose state has changed, where it belongs. */
  #place(lane: Lane): void {
    this.#due.delete(lane);
    this.#retrying.delete(lane);
    if (lane.isSending) return;
    if (lane.entries.length === 0) this.#lanes.delete(lane.key);
    else if (lane.alone > 0 || lane.dueAt > 0) this.#retrying.add(lane);
    else this.#due.add(lane);
  }

  #laneOf({ event }: Fact): Lane {
    const key = "executionId" in event ? event.executionId : "";
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { key, entries: [], length: 0, isSending: false, alone: 0, dueAt: 0, isOfOutage: false };
    this.#lanes.set(key, lane);
    return lane;
  }
}
