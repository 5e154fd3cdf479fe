import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { DeliverDurable, DurableConsumer, Packet } from "../bus/transport.ts";
import type { ConsumerState, StoredLetter } from "./logState.ts";
import type { OpenLog } from "./openLog.ts";
import type { PacketCache } from "./packetCache.ts";
import { packetOf } from "../bus/packet.ts";
import { readMessages } from "./readMessages.ts";
import type { Waiting } from "./waitingQueue.ts";

/** Bytes of messages that may be delivered ahead, unless one is larger. */
const MAX_AHEAD_BYTES = 4 * 1024 * 1024;
/** Delay in milliseconds before the disk is tried again. */
const RETRY_MS = 1000;
/** Number of messages that are read from the disk together. */
const READ_AHEAD = 256;
const MAX_ERROR_LENGTH = 2000;

/** One subscription of a consumer. */
export interface Taker {
  readonly consumer: Pick<DurableConsumer, "maxDeliver" | "backoffMs">;
  /** Number of messages that may be delivered before the first of them is acknowledged. */
  readonly window: number;
  readonly deliver: DeliverDurable;
}

export interface ConsumerDeliveryDeps {
  readonly log: OpenLog;
  readonly packets: PacketCache;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns a higher number at each call. */
  readonly nextRound: () => number;
  readonly onDead: (letter: StoredLetter, packet: Packet) => void;
}

/**
 * Delivers what waits for one consumer, in order, to the first of its subscriptions; the others are for when that ends.
 * Goes back after a failure: the message that failed, and all that were delivered after it, are delivered again in a new
 * round. The subscriber discards the rest of the earlier round, so the order holds however much was sent ahead.
 */
export class ConsumerDelivery implements Disposable {
  readonly #deps: ConsumerDeliveryDeps;
  readonly #consumer: ConsumerState;
  readonly #takers: Taker[] = [];
  /** Numbers of messages that were acknowledged before an earlier one. */
  readonly #ahead = new Set<number>();
  #round: number;
  /** Number of waiting messages that were delivered in this round. */
  #sent = 0;
  #sentBytes = 0;
  #pause: Disposable | undefined;
  #isBusy = false;
  /** True in the turn of the event loop in which a subscription has ended. */
  #isEnding = false;
  #isDisposed = false;

  constructor(deps: ConsumerDeliveryDeps, consumer: ConsumerState) {
    this.#deps = deps;
    this.#consumer = consumer;
    this.#round = deps.nextRound();
  }

  get isActive(): boolean {
    return this.#takers.length > 0;
  }

  add(taker: Taker): Disposable {
    this.#takers.push(taker);
    this.wake();
    return toDisposable(() => {
      const isActive = this.#takers[0] === taker;
      this.#takers.splice(this.#takers.indexOf(taker), 1);
      if (isActive) this.#endTaker(this.#round);
    });
  }

  /** Counts what the subscription rejects at its end: a delivery that ends its plugin each time must not go on forever. */
  #endTaker(round: number): void {
    this.#isEnding = true;
    setImmediate(() => {
      this.#isEnding = false;
      if (round === this.#round) this.#beginRound();
      this.wake();
    });
  }

  /** Delivers what waits, as far as the window allows. */
  wake(): void {
    while (this.#pause === undefined && !this.#isBusy && !this.#isEnding && !this.#isDisposed) {
      const [taker] = this.#takers;
      const item = this.#consumer.waiting.at(this.#sent);
      if (taker === undefined || item === undefined || this.#sent >= taker.window) return;
      const packet = this.#deps.packets.get(item.seq);
      if (packet === undefined) return void this.#load(item);
      if (this.#sent > 0 && this.#sentBytes + item.place.length > MAX_AHEAD_BYTES) return;
      this.#sent += 1;
      this.#sentBytes += item.place.length;
      if (packet.expiresAtMs <= this.#deps.clock.now()) this.#settle(item, this.#round);
      else if (!this.#ahead.has(item.seq)) this.#deliver(taker, item, packet);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    void this.#pause?.dispose();
  }

  #deliver(taker: Taker, item: Waiting, packet: Packet): void {
    const round = this.#round;
    const deliveryCount = (this.#consumer.failures.get(item.seq) ?? 0) + 1;
    const { message } = packet;
    const metadata = Object.freeze({ ...message.metadata, deliveryCount });
    const counted = { ...packet, message: Object.freeze({ ...message, metadata }) };
    const onFailed = (error: unknown): void => this.#fail({ taker, item, packet, round }, error);
    // Not called synchronously: the publisher is told first that its message was stored.
    void Promise.resolve()
      .then(() => (round === this.#round && !this.#isDisposed ? taker.deliver(counted, round) : undefined))
      .then(() => {
        this.#settle(item, round);
        this.wake();
      }, onFailed);
  }

  /** Acknowledges a message, and with it all that were acknowledged before their predecessors. */
  #settle(item: Waiting, round: number): void {
    if (round !== this.#round || this.#isDisposed) return;
    const { waiting } = this.#consumer;
    this.#ahead.add(item.seq);
    let last: number | undefined;
    for (let at = 0; ; at++) {
      const next = waiting.at(at);
      if (next === undefined || !this.#ahead.delete(next.seq)) break;
      last = next.seq;
      this.#sent -= 1;
      this.#sentBytes -= next.place.length;
    }
    if (last !== undefined) this.#acknowledge(last);
  }

  #acknowledge(seq: number): void {
    const { log, packets } = this.#deps;
    for (const done of log.acknowledge(this.#consumer, seq)) packets.delete(done.seq);
  }

  #fail({ taker, item, packet, round }: Failed, error: unknown): void {
    if (round !== this.#round || this.#isDisposed) return;
    const { log, clock } = this.#deps;
    const { failures, waiting } = this.#consumer;
    const deliveries = (failures.get(item.seq) ?? 0) + 1;
    failures.set(item.seq, deliveries);
    log.noteChange(this.#consumer);
    this.#beginRound();
    const { maxDeliver, backoffMs } = taker.consumer;
    if (deliveries >= maxDeliver && waiting.at(0) === item) return void this.#bury(item, packet, error);
    this.#pauseFor(backoffMs[Math.min(deliveries, backoffMs.length) - 1] ?? 0, clock);
  }

  async #bury(item: Waiting, packet: Packet, cause: unknown): Promise<void> {
    const { log, packets, clock, logger, onDead } = this.#deps;
    const deliveries = this.#consumer.failures.get(item.seq) ?? 1;
    const error = messageOf(cause).slice(0, MAX_ERROR_LENGTH);
    this.#isBusy = true;
    try {
      const facts = { message: packet.message, seq: item.seq, error, deliveries };
      const { letter, done } = await log.bury(this.#consumer, facts);
      for (const { seq } of done) packets.delete(seq);
      onDead(letter, packet);
    } catch (failure) {
      // It is delivered once more.
      logger.warn("A dead letter could not be stored", { error: messageOf(failure) });
      this.#pauseFor(RETRY_MS, clock);
    } finally {
      this.#isBusy = false;
      this.wake();
    }
  }

  /** Reads a message, and those after it that are near in the file. */
  async #load(item: Waiting): Promise<void> {
    const { packets, clock, logger } = this.#deps;
    const items = this.#consumer.waiting.slice(this.#sent, this.#sent + READ_AHEAD);
    this.#isBusy = true;
    try {
      const messages = await readMessages(items);
      for (const [index, message] of messages.entries()) {
        const { seq, place, consumers } = items[index] ?? item;
        if (message !== undefined && consumers > 0) packets.set(seq, packetOf(message, place.length, clock.now()));
      }
      if (messages[0] === undefined) this.#skip(item);
    } catch (error) {
      if (!this.#isDisposed) logger.warn("A durable message could not be read", { error: messageOf(error) });
      this.#pauseFor(RETRY_MS, clock);
    } finally {
      this.#isBusy = false;
      this.wake();
    }
  }

  #skip(item: Waiting): void {
    if (this.#consumer.waiting.at(this.#sent) !== item || this.#isDisposed) return;
    const { name, pattern } = this.#consumer;
    this.#deps.logger.error("A durable message is lost, because its file was damaged", { consumer: name, pattern });
    this.#sent += 1;
    this.#sentBytes += item.place.length;
    this.#settle(item, this.#round);
  }

  #beginRound(): void {
    this.#round = this.#deps.nextRound();
    this.#sent = 0;
    this.#sentBytes = 0;
  }

  #pauseFor(ms: number, clock: Clock): void {
    if (this.#isDisposed) return;
    void this.#pause?.dispose();
    this.#pause = clock.after(ms, () => {
      this.#pause = undefined;
      this.wake();
    });
  }
}

interface Failed {
  readonly taker: Taker;
  readonly item: Waiting;
  readonly packet: Packet;
  readonly round: number;
}
