import { encodeLine } from "../../core/sharedFolder/checkedLines.ts";
import type { Message } from "../bus/message.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { Generation, LostOwnershipError } from "./generations.ts";
import type { LogFiles } from "./logFolder.ts";
import { type ConsumerState, LogState, recordOf, type StoredLetter } from "./logState.ts";
import { type Changes, type LineListener, LogWriter } from "./logWriter.ts";
import { type Damage, LogReader } from "./readLog.ts";
import { idOf } from "./recentIds.ts";
import type { LogRecord } from "./records.ts";
import { storageError } from "./room.ts";
import { Segment } from "./segment.ts";
import { Segments } from "./segments.ts";
import type { Place, Waiting } from "./waitingQueue.ts";

/** Files are compacted when the log has this part of its maximum size; above it, also those of which half is needed. */
const SPARSE = 0.5;
/** The IDs of this number of messages are kept, or less in small files, of which they would be a large part. */
const MAX_IDS = 50_000;
const FILE_BYTES_PER_ID = 80;

export interface OpenLogOptions {
  readonly maxSegmentBytes: number;
  readonly maxBytes: number;
  /** A write has failed, or succeeded after that. */
  readonly onDidWrite: (error: unknown) => void;
  /** Another process has taken over the log. */
  readonly onLost: () => void;
}

/** A message to be stored. */
export interface NewEntry {
  readonly message: Message;
  /** The only consumer that gets it. */
  readonly to?: number;
  /** The dead letter that it was. */
  readonly letter?: string;
}

interface Unconfirmed {
  readonly seq: number;
  readonly id: string;
}

/** The log of one generation: its state in memory, and its files. */
export class OpenLog {
  readonly state: LogState;
  readonly damage: Damage;
  readonly generation: number;
  readonly #segments: Segments;
  readonly #writer: LogWriter;
  readonly #changed = new Set<ConsumerState>();
  #unconfirmed: Unconfirmed[] = [];

  private constructor(
    { state, segments, generation }: { state: LogState; segments: Segments; generation: Generation },
    damage: Damage,
    options: OpenLogOptions,
  ) {
    this.state = state;
    this.damage = damage;
    this.generation = generation.number;
    this.#segments = segments;
    this.#writer = new LogWriter({
      segment: () => segments.current(),
      abandon: () => segments.abandon(),
      onDidWrite: options.onDidWrite,
      takeChanges: () => this.#takeChanges(),
      check: async () => {
        try {
          await generation.check();
        } catch (error) {
          if (error instanceof LostOwnershipError) {
            this.#writer.close(error);
            options.onLost();
          }
          throw error;
        }
      },
      maintain: async () => {
        await segments.compact(segments.totalBytes > options.maxBytes * SPARSE ? SPARSE : 0);
      },
    });
  }

  /** Claims the log, and takes over what the generation before has left. */
  static async open(files: LogFiles, options: OpenLogOptions): Promise<OpenLog> {
    const generation = await Generation.claim(files);
    const state = new LogState(Math.min(MAX_IDS, Math.floor(options.maxSegmentBytes / FILE_BYTES_PER_ID)));
    const segments = new Segments({ files, generation, state }, options.maxSegmentBytes);
    try {
      const reader = new LogReader(state);
      for (const name of await generation.earlierSegments()) {
        const segment = new Segment(name, await files.open(name));
        segments.addClosed(segment);
        await reader.read(segment);
      }
      reader.end();
      await segments.takeOver();
      return new OpenLog({ state, segments, generation }, reader.damage, options);
    } catch (error) {
      await segments.close();
      await generation.discard().catch(() => undefined);
      throw error;
    }
  }

  get totalBytes(): number {
    return this.#segments.totalBytes;
  }

  /**
   * Stores a message for the consumers that it has when it is written. Resolves when it is on the disk.
   * @param onStored called before that, in the order of the messages
   */
  async append(entry: NewEntry, onStored: (item: Waiting, consumers: readonly ConsumerState[]) => void): Promise<void> {
    const { state } = this;
    const record = { type: "message", seq: state.nextSeq, ...entry } as const;
    state.nextSeq += 1;
    await this.#write(record, {
      onWritten: (place) => {
        const consumers = state.addMessage(record, place);
        const item = consumers[0]?.waiting.last;
        if (item !== undefined) onStored(item, consumers);
      },
      onFailed: () => this.#unconfirmed.push({ seq: record.seq, id: idOf(entry.message) }),
    });
  }

  /** Knows a consumer from now on. */
  addConsumer(name: string, pattern: string): ConsumerState {
    const { nextConsumer: id, nextSeq } = this.state;
    const consumer = this.state.addConsumer({ id, name, pattern, acked: nextSeq - 1, failures: [] });
    this.#changed.add(consumer);
    return consumer;
  }

  /** Resolves when all changes of consumers are on the disk. */
  async confirmChanges(): Promise<void> {
    // An empty list of IDs, which says nothing.
    await this.#write({ type: "ids", ids: [] });
  }

  /** @returns the messages that no other consumer needs */
  acknowledge(consumer: ConsumerState, seq: number): readonly Waiting[] {
    const done = this.state.acknowledge(consumer, seq);
    this.noteChange(consumer);
    return done;
  }

  /** Writes the state of a consumer soon. */
  noteChange(consumer: ConsumerState): void {
    this.#changed.add(consumer);
    this.#writer.writeChanges();
  }

  async forget(consumer: ConsumerState): Promise<readonly Waiting[]> {
    const done = this.state.forget(consumer.id);
    this.#changed.delete(consumer);
    await this.#write({ type: "forgotten", id: consumer.id });
    return done;
  }

  /** Makes the message that has waited longest for a consumer a dead letter. */
  async bury(
    consumer: ConsumerState,
    facts: { readonly message: Message; readonly seq: number; readonly error: string; readonly deliveries: number },
  ): Promise<{ readonly letter: StoredLetter; readonly done: readonly Waiting[] }> {
    const { id, name, pattern } = consumer;
    const letter = `${this.generation}-${facts.seq}-${id}`;
    const record = { type: "dead", letter, id, name, pattern, ...facts, timestamp: new Date().toISOString() } as const;
    const result = Promise.withResolvers<{ letter: StoredLetter; done: readonly Waiting[] }>();
    const onWritten = (place: Place): void => {
      const stored = this.state.addLetter(record, place);
      result.resolve({ letter: stored, done: this.state.acknowledge(consumer, facts.seq) });
    };
    await this.#write(record, { onWritten });
    return await result.promise;
  }

  async removeLetter(id: string): Promise<void> {
    await this.#write({ type: "removed", letter: id }, { onWritten: () => this.state.removeLetter(id) });
  }

  /** Writes what is left, and closes the files. */
  async close(): Promise<void> {
    if (this.#changed.size > 0) this.#writer.writeChanges();
    await this.#writer.idle();
    this.#writer.close(new BridgeError("KIRO_UNAVAILABLE", "The durable topics are closed."));
    await this.#segments.close();
  }

  async #write(record: LogRecord, listener?: LineListener): Promise<void> {
    try {
      await this.#writer.write(encodeLine(record), listener);
    } catch (error) {
      throw storageError(error);
    }
  }

  #takeChanges(): Changes {
    const changed = [...this.#changed];
    const unconfirmed = this.#unconfirmed;
    this.#changed.clear();
    this.#unconfirmed = [];
    const lines = [
      ...unconfirmed.map((facts) => encodeLine({ type: "void", ...facts })),
      ...changed.map((consumer) => encodeLine({ type: "consumer", ...recordOf(consumer) })),
    ];
    const keep = (): void => {
      for (const consumer of changed) if (this.state.consumers.has(consumer.id)) this.#changed.add(consumer);
      this.#unconfirmed.unshift(...unconfirmed);
    };
    return { lines, keep };
  }
}
