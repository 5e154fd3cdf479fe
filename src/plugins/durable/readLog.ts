import { ownTurn } from "../../base/ownTurn.ts";
import { decodeLine, linesIn } from "../../core/sharedFolder/checkedLines.ts";
import type { LogState } from "./logState.ts";
import { type LogRecord, parseRecord, type RecordOf } from "./records.ts";
import type { Segment } from "./segment.ts";
import type { Place, Waiting } from "./waitingQueue.ts";

/** Lines that are read without a pause for other work of the process. */
const LINES_PER_TURN = 500;

/** The parts of the log that could not be read. */
export interface Damage {
  /** Bytes at the ends of files: lines that were being written when the process or the machine ended. */
  tornBytes: number;
  /** Lines that are not as they were written. */
  damagedLines: number;
}

/** Applies the lines of files to a state. */
export class LogReader {
  readonly #state: LogState;
  #lines = 0;
  readonly damage: Damage = { tornBytes: 0, damagedLines: 0 };
  /** Compaction writes a message again in a later file, and may have ended before it removed the earlier one. */
  readonly #bySeq = new Map<number, Waiting>();

  constructor(state: LogState) {
    this.#state = state;
  }

  async read(segment: Segment): Promise<void> {
    const bytes = await segment.readAll();
    let end = 0;
    for (const { offset, length } of linesIn(bytes)) {
      end = offset + length + 1;
      const record = parseRecord(decodeLine(bytes.subarray(offset, offset + length)));
      if (record === undefined) this.damage.damagedLines += 1;
      else this.#apply(record, { segment, offset, length });
      this.#lines += 1;
      if (this.#lines % LINES_PER_TURN === 0) await ownTurn();
    }
    this.damage.tornBytes += bytes.length - end;
  }

  /** Call it after the last file. */
  end(): void {
    for (const consumer of this.#state.consumers.values()) {
      consumer.waiting.sort();
      this.#state.acknowledge(consumer, consumer.acked);
    }
  }

  #apply(record: LogRecord, place: Place): void {
    const state = this.#state;
    switch (record.type) {
      case "begin":
        return this.#begin(record);
      case "consumer":
        return this.#updateConsumer(record);
      case "message":
        return this.#addMessage(record, place);
      case "forgotten":
        return void state.forget(record.id);
      case "void":
        return state.discard(record.seq, record.id);
      case "dead":
        state.addLetter(record, place);
        return this.#acknowledge(record.id, record.seq);
      case "removed":
        return state.removeLetter(record.letter);
      case "ids":
        for (const id of record.ids) state.ids.add(id, place.segment);
    }
  }

  #begin({ consumers, letters, nextSeq, nextConsumer }: RecordOf<"begin">): void {
    const state = this.#state;
    const known = new Set(consumers.map(({ id }) => id));
    for (const id of state.consumers.keys()) if (!known.has(id)) state.forget(id);
    for (const record of consumers) this.#updateConsumer(record);
    const kept = new Set(letters);
    for (const id of state.letters.keys()) if (!kept.has(id)) state.removeLetter(id);
    state.nextSeq = Math.max(state.nextSeq, nextSeq);
    state.nextConsumer = Math.max(state.nextConsumer, nextConsumer);
  }

  #updateConsumer(record: Omit<RecordOf<"consumer">, "type">): void {
    const known = this.#state.consumers.get(record.id);
    if (known === undefined) return void this.#state.addConsumer(record);
    this.#acknowledge(record.id, record.acked);
    for (const [seq, deliveries] of record.failures) known.failures.set(seq, deliveries);
  }

  #addMessage(record: RecordOf<"message">, place: Place): void {
    const { seq } = record;
    const earlier = this.#bySeq.get(seq);
    if (earlier !== undefined && earlier.consumers > 0) return move(earlier, place);
    const [consumer] = this.#state.addMessage(record, place);
    const item = consumer?.waiting.at(consumer.waiting.length - 1);
    if (item !== undefined) this.#bySeq.set(seq, item);
  }

  #acknowledge(id: number, seq: number): void {
    const consumer = this.#state.consumers.get(id);
    if (consumer === undefined) return;
    for (const done of this.#state.acknowledge(consumer, seq)) this.#bySeq.delete(done.seq);
  }
}

/** Lets a message be read from another place. */
export function move(item: { place: Place }, place: Place): void {
  item.place.segment.liveBytes -= item.place.length;
  place.segment.liveBytes += place.length;
  item.place = place;
}
