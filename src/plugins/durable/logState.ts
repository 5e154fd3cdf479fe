import type { Message } from "../bus/message.ts";
import { matchesTopic, segmentsOfTopic } from "../bus/topics.ts";
import { idOf, RecentIds } from "./recentIds.ts";
import type { LogRecord, RecordOf } from "./records.ts";
import type { Segment } from "./segment.ts";
import { type Place, type Waiting, WaitingQueue } from "./waitingQueue.ts";

/** A consumer, with or without a subscription. */
export interface ConsumerState {
  readonly id: number;
  readonly name: string;
  readonly pattern: string;
  readonly segments: readonly string[];
  /** The number of the last acknowledged message. All before it are acknowledged as well. */
  acked: number;
  readonly waiting: WaitingQueue;
  waitingBytes: number;
  /** Counts of deliveries in vain, by the numbers of the messages. */
  readonly failures: Map<number, number>;
}

/** A dead letter without its message, which is in the file. */
export interface StoredLetter extends Omit<RecordOf<"dead">, "type" | "message"> {
  place: Place;
}

/**
 * The content of the log as its records tell it: consumers, what waits for them, dead letters, and recent IDs. The same
 * records lead to the same state, when they are written and when they are read.
 */
export class LogState {
  readonly consumers = new Map<number, ConsumerState>();
  /** In the order in which they were added. */
  readonly letters = new Map<string, StoredLetter>();
  readonly ids: RecentIds<Segment>;
  /** Number of messages that wait for a consumer. */
  waiting = 0;
  nextSeq = 1;
  nextConsumer = 1;

  /** @param maxIds number of messages whose IDs are known after they were acknowledged */
  constructor(maxIds: number) {
    this.ids = new RecentIds(maxIds);
  }

  consumerOf(name: string, pattern: string): ConsumerState | undefined {
    return [...this.consumers.values()].find((known) => known.name === name && known.pattern === pattern);
  }

  addConsumer(record: Omit<RecordOf<"consumer">, "type">): ConsumerState {
    const { id, name, pattern, acked, failures } = record;
    const state = {
      id,
      name,
      pattern,
      acked,
      segments: pattern.split("/"),
      waiting: new WaitingQueue(),
      waitingBytes: 0,
      failures: new Map(failures),
    };
    this.consumers.set(id, state);
    this.nextConsumer = Math.max(this.nextConsumer, id + 1);
    return state;
  }

  /** Forgets a consumer, and what waits for it alone. */
  forget(id: number): readonly Waiting[] {
    const consumer = this.consumers.get(id);
    if (consumer === undefined) return [];
    this.consumers.delete(id);
    return this.acknowledge(consumer, Number.POSITIVE_INFINITY);
  }

  /** Returns the consumers of a topic. An addressed message has only those of the destination. */
  consumersOf({ topic, destination }: Pick<Message, "topic" | "destination">): ConsumerState[] {
    const segments = segmentsOfTopic(topic);
    return [...this.consumers.values()].filter(
      (consumer) => (destination === "*" || destination === consumer.name) && matchesTopic(consumer.segments, segments),
    );
  }

  /** Adds a message that was written. @returns the consumers that get it */
  addMessage({ seq, message, to, letter }: Omit<RecordOf<"message">, "type">, place: Place): readonly ConsumerState[] {
    this.nextSeq = Math.max(this.nextSeq, seq + 1);
    this.ids.add(idOf(message), place.segment);
    if (letter !== undefined) this.removeLetter(letter);
    const only = to === undefined ? undefined : this.consumers.get(to);
    const consumers = (to === undefined ? this.consumersOf(message) : only === undefined ? [] : [only]).filter(
      ({ acked }) => seq > acked,
    );
    if (consumers.length === 0) return [];
    const item: Waiting = { seq, place, consumers: consumers.length };
    for (const consumer of consumers) {
      consumer.waiting.push(item);
      consumer.waitingBytes += place.length;
    }
    place.segment.liveBytes += place.length;
    this.waiting += 1;
    return consumers;
  }

  /** Acknowledges all messages of a consumer up to a number. @returns those for which no other consumer is left */
  acknowledge(consumer: ConsumerState, seq: number): readonly Waiting[] {
    const done: Waiting[] = [];
    consumer.acked = Math.max(consumer.acked, seq);
    for (let item = consumer.waiting.at(0); item !== undefined && item.seq <= seq; item = consumer.waiting.at(0)) {
      consumer.waiting.shift();
      consumer.failures.delete(item.seq);
      consumer.waitingBytes -= item.place.length;
      item.consumers -= 1;
      if (item.consumers > 0) continue;
      this.#release(item);
      done.push(item);
    }
    return done;
  }

  /** Discards a message that was read, but not confirmed when it was written. */
  discard(seq: number, id: string): void {
    const items = new Set<Waiting>();
    for (const consumer of this.consumers.values()) {
      const item = consumer.waiting.remove(seq);
      if (item === undefined) continue;
      consumer.waitingBytes -= item.place.length;
      items.add(item);
    }
    for (const item of items) this.#release(item);
    this.ids.remove(id);
    this.nextSeq = Math.max(this.nextSeq, seq + 1);
  }

  addLetter(record: RecordOf<"dead">, place: Place): StoredLetter {
    const { letter, id, seq, name, pattern, error, deliveries, timestamp } = record;
    this.removeLetter(letter);
    const stored = { letter, id, seq, name, pattern, error, deliveries, timestamp, place };
    this.letters.set(letter, stored);
    place.segment.liveBytes += place.length;
    return stored;
  }

  removeLetter(id: string): void {
    const letter = this.letters.get(id);
    if (letter === undefined) return;
    this.letters.delete(id);
    letter.place.segment.liveBytes -= letter.place.length;
  }

  /** Returns the first line of a file, which makes the lines of earlier files superfluous, but for messages and letters. */
  beginning(): LogRecord {
    const consumers = [...this.consumers.values()].map(recordOf);
    const { nextSeq, nextConsumer } = this;
    return { type: "begin", version: 1, consumers, letters: [...this.letters.keys()], nextSeq, nextConsumer };
  }

  #release({ place }: Waiting): void {
    place.segment.liveBytes -= place.length;
    this.waiting -= 1;
  }
}

export function recordOf({ id, name, pattern, acked, failures }: ConsumerState): Omit<RecordOf<"consumer">, "type"> {
  return { id, name, pattern, acked, failures: [...failures] };
}
