import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { matchesTopic, segmentsOfTopic } from "../bus/topics.ts";
import type { ConsumeOptions, DeliverDurable, DurableConsumer, DurableStore, Packet } from "../bus/transport.ts";
import { ConsumerDelivery, type Taker } from "./consumerDelivery.ts";
import { LogOpener } from "./logOpener.ts";
import type { ConsumerState } from "./logState.ts";
import type { LogFiles } from "./logFolder.ts";
import type { NewEntry, OpenLog } from "./openLog.ts";
import { PacketCache } from "./packetCache.ts";
import { idOf } from "./recentIds.ts";
import { checkRoom } from "./room.ts";
import { StoredLetters } from "./storedLetters.ts";

const MIB = 1024 * 1024;
const DEFAULT_MAX_BYTES = 256 * MIB;
const DEFAULT_MAX_SEGMENT_BYTES = 8 * MIB;
/** Topics of which it is remembered if they are durable. */
const MAX_KNOWN_TOPICS = 10_000;

export interface DurableLogDeps {
  readonly files: LogFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns true if this process is still the one that may write, when another one has opened the log. */
  isOwner(): Promise<boolean>;
}

export interface DurableLogOptions {
  /** Maximum size of all files in bytes. */
  readonly maxBytes?: number;
  /** Size in bytes from which on another file is begun. */
  readonly maxSegmentBytes?: number;
}

/** A consumer, with or without a subscription. */
export interface ConsumerStatus {
  readonly name: string;
  readonly pattern: string;
  /** Number of messages that it has not acknowledged. */
  readonly waiting: number;
  readonly isSubscribed: boolean;
}

/** A consumer of this process. */
interface Wanted {
  readonly name: string;
  readonly pattern: string;
  readonly segments: readonly string[];
  /** Its subscriptions, and what ends their deliveries. */
  readonly takers: Map<Taker, Disposable | undefined>;
}

/**
 * Durable topics in a local log (docs/decisions/durable-log.md): a message is on the disk before its publisher is told
 * so, and waits there for each of its consumers until that has acknowledged it, also over a restart.
 */
export class DurableLog implements DurableStore {
  readonly deadLetters: StoredLetters;
  readonly #topicsChanged = new Emitter<void>();
  readonly onDidChangeTopics = this.#topicsChanged.event;
  readonly #deps: DurableLogDeps;
  readonly #maxBytes: number;
  readonly #opener: LogOpener;
  readonly #declared = new Map<string, readonly string[]>();
  readonly #wanted = new Map<string, Wanted>();
  readonly #deliveries = new Map<number, ConsumerDelivery>();
  readonly #knownTopics = new Map<string, boolean>();
  readonly #storing = new Map<string, Promise<void>>();
  #packets = new PacketCache();
  #round = 0;
  #duplicates = 0;

  constructor(deps: DurableLogDeps, options: DurableLogOptions = {}) {
    const { maxBytes = DEFAULT_MAX_BYTES, maxSegmentBytes = DEFAULT_MAX_SEGMENT_BYTES } = options;
    this.#deps = deps;
    this.#maxBytes = maxBytes;
    this.#opener = new LogOpener(deps, {
      maxBytes,
      maxSegmentBytes,
      onOpen: (log) => this.#begin(log),
      onClosed: () => this.#end(),
    });
    this.deadLetters = new StoredLetters({
      logger: deps.logger,
      maxBytes,
      log: () => this.#opener.log,
      opened: () => this.#opener.run((log) => Promise.resolve(log)),
      append: (log, entry) => this.#append(log, entry),
    });
  }

  /** Number of messages that were published again, and not stored again. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Lists the consumers, also those of plugins that do not run. */
  get consumers(): readonly ConsumerStatus[] {
    return [...(this.#opener.log?.state.consumers.values() ?? [])].map(({ id, name, pattern, waiting }) => {
      return { name, pattern, waiting: waiting.length, isSubscribed: this.#deliveries.get(id)?.isActive === true };
    });
  }

  isDurable(topic: string): boolean {
    if (this.#opener.isOpening) return true;
    const known = this.#knownTopics.get(topic);
    if (known !== undefined) return known;
    if (this.#knownTopics.size >= MAX_KNOWN_TOPICS) this.#knownTopics.clear();
    const segments = segmentsOfTopic(topic);
    const isDurable = this.#patterns().some((pattern) => matchesTopic(pattern, segments));
    this.#knownTopics.set(topic, isDurable);
    return isDurable;
  }

  declareTopics(pattern: string): Promise<void> {
    this.#declared.set(pattern, pattern.split("/"));
    this.#changeTopics();
    return Promise.resolve();
  }

  async declareConsumer({ name, pattern }: DurableConsumer): Promise<void> {
    this.#want(name, pattern);
    await this.#opener.run((log) => log.confirmChanges());
  }

  consume(consumer: DurableConsumer, deliver: DeliverDurable, { window = 1 }: ConsumeOptions = {}): Disposable {
    const { takers } = this.#want(consumer.name, consumer.pattern);
    const taker: Taker = { consumer, window, deliver };
    const delivery = this.#deliveryOf(consumer.name, consumer.pattern);
    takers.set(taker, undefined);
    if (delivery !== undefined) takers.set(taker, delivery.add(taker));
    return toDisposable(() => {
      const ending = takers.get(taker);
      takers.delete(taker);
      return ending?.dispose();
    });
  }

  /** Forgets a consumer, and what waits for it alone. */
  async forgetConsumer(name: string, pattern: string): Promise<void> {
    this.#wanted.delete(keyOf(name, pattern));
    await this.#opener.run(async (log) => {
      const consumer = log.state.consumerOf(name, pattern);
      if (consumer === undefined) throw new BridgeError("NOT_FOUND", "There is no such durable consumer.");
      this.#deliveries.get(consumer.id)?.dispose();
      this.#deliveries.delete(consumer.id);
      this.#changeTopics();
      for (const { seq } of await log.forget(consumer)) this.#packets.delete(seq);
    });
  }

  append(packet: Packet): Promise<void> {
    return this.#opener.run((log) => {
      const { message } = packet;
      const id = idOf(message);
      const storing = this.#storing.get(id);
      if (storing !== undefined || log.state.ids.has(id)) {
        this.#duplicates += 1;
        return storing ?? Promise.resolve();
      }
      const consumers = log.state.consumersOf(message);
      if (consumers.length === 0) return Promise.resolve();
      checkRoom(log, consumers, packet.bytes, this.#maxBytes);
      const stored = this.#append(log, { message }, packet).finally(() => this.#storing.delete(id));
      this.#storing.set(id, stored);
      return stored;
    });
  }

  async dispose(): Promise<void> {
    await this.#opener.dispose();
    this.#end();
  }

  async #append(log: OpenLog, entry: NewEntry, packet?: Packet): Promise<void> {
    await log.append(entry, (item, consumers) => {
      if (packet !== undefined) this.#packets.set(item.seq, packet);
      for (const { id } of consumers) this.#deliveries.get(id)?.wake();
    });
  }

  #changeTopics(): void {
    this.#knownTopics.clear();
    this.#topicsChanged.fire();
  }

  #patterns(): readonly (readonly string[])[] {
    const { log } = this.#opener;
    const consumers: Iterable<Pick<ConsumerState, "segments">> = log?.state.consumers.values() ?? this.#wanted.values();
    return [...this.#declared.values(), ...[...consumers].map(({ segments }) => segments)];
  }

  #want(name: string, pattern: string): Wanted {
    const key = keyOf(name, pattern);
    const known = this.#wanted.get(key);
    if (known !== undefined) return known;
    const wanted = { name, pattern, segments: pattern.split("/"), takers: new Map() };
    this.#wanted.set(key, wanted);
    this.#changeTopics();
    const { log } = this.#opener;
    if (log === undefined) this.#opener.open();
    else this.#bind(log, wanted);
    return wanted;
  }

  #bind(log: OpenLog, { name, pattern, takers }: Wanted): void {
    const consumer = log.state.consumerOf(name, pattern) ?? log.addConsumer(name, pattern);
    const delivery = this.#deliveries.get(consumer.id) ?? this.#createDelivery(log, consumer);
    this.#deliveries.set(consumer.id, delivery);
    for (const taker of takers.keys()) takers.set(taker, delivery.add(taker));
  }

  #createDelivery(log: OpenLog, consumer: ConsumerState): ConsumerDelivery {
    const deps = {
      log,
      packets: this.#packets,
      clock: this.#deps.clock,
      logger: this.#deps.logger,
      nextRound: () => ++this.#round,
      onDead: (letter, { message }) => this.deadLetters.add(log, letter, message),
    } satisfies ConstructorParameters<typeof ConsumerDelivery>[0];
    return new ConsumerDelivery(deps, consumer);
  }

  #deliveryOf(name: string, pattern: string): ConsumerDelivery | undefined {
    const consumer = this.#opener.log?.state.consumerOf(name, pattern);
    return consumer && this.#deliveries.get(consumer.id);
  }

  #begin(log: OpenLog): void {
    this.#changeTopics();
    for (const wanted of this.#wanted.values()) this.#bind(log, wanted);
  }

  #end(): void {
    for (const delivery of this.#deliveries.values()) delivery.dispose();
    this.#deliveries.clear();
    this.#storing.clear();
    this.#packets = new PacketCache();
    this.#changeTopics();
    for (const { takers } of this.#wanted.values()) for (const taker of takers.keys()) takers.set(taker, undefined);
  }
}

function keyOf(name: string, pattern: string): string {
  return `${name} ${pattern}`;
}
