import type { JsMsg } from "@nats-io/jetstream";
import { onAbort } from "../../../base/abort.ts";
import { systemClock } from "../../../base/clock.ts";
import { abortable } from "../../../base/deadline.ts";
import type { Logger } from "../../../base/logger.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { matchesTopic, segmentsOfTopic } from "../../bus/topics.ts";
import type { DeliverDurable, DurableConsumer, Packet } from "../../bus/transport.ts";
import { decodeMessage, withMetadata } from "../envelope.ts";
import type { Nats } from "../link.ts";
import type { Subjects } from "../subjects.ts";
import { ACK_WAIT_MS, consumerIdOf, ensureConsumer } from "./consumer.ts";
import type { NatsDeadLetters } from "./deadLetters.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";

/** Messages that the server may send ahead; it sends one at a time. */
const AHEAD = 16;
const EXPIRES_MS = 30_000;
/** A request for messages without two of these is sent again: nats-server 2.9 loses some of those right after its start. */
const HEARTBEAT_MS = 1000;
const RETRY_MS = 500;
const NO_DELAY_MS = 0;
/** Number of messages that are recognized when they are repeated. */
const MAX_HANDLED = 100;
/**
 * Delay in milliseconds after which the server delivers again what was given back: longer than a heartbeat, by which it
 * has forgotten this subscription. Before, nats-server 2.9 may count a delivery to it that nobody gets; without a delay,
 * it delivers only after the time for acknowledgements, if nobody asks at that moment.
 */
const GIVE_BACK_MS = 1.5 * HEARTBEAT_MS;

export interface ConsumingDeps {
  readonly nats: Nats;
  readonly subjects: Subjects;
  readonly logger: Logger;
  readonly session: (signal: AbortSignal) => Promise<Session>;
  readonly deadLetters: NatsDeadLetters;
  readonly deliver: DeliverDurable;
}

/** One bridge that takes the messages of a durable consumer, over all connections. */
export class Consuming {
  readonly #deps: ConsumingDeps;
  readonly #consumer: DurableConsumer;
  readonly #id: string;
  readonly #segments: readonly string[];
  /**
   * The messages that are done, the latest ones. The server sends one again if it has lost the acknowledgement; and
   * nats-server 2.9 also does so if the time of a redelivery came while nobody asked for messages.
   */
  readonly #handled = new Set<string>();
  /** Rises after each failure. */
  #round = 0;

  constructor(deps: ConsumingDeps, consumer: DurableConsumer) {
    this.#deps = deps;
    this.#consumer = consumer;
    this.#id = consumerIdOf(consumer);
    this.#segments = segmentsOfTopic(consumer.pattern);
  }

  /** Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#consume(await this.#deps.session(signal), signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.logger.debug("A durable consumer starts again", { consumer: this.#id, error: messageOf(error) });
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #consume(session: Session, signal: AbortSignal): Promise<void> {
    await ensureConsumer(this.#deps, session, this.#consumer);
    const consumer = await session.client.consumers.get(session.stream, this.#id);
    const messages = await consumer.consume({
      max_messages: AHEAD,
      expires: EXPIRES_MS,
      idle_heartbeat: HEARTBEAT_MS,
      abort_on_missing_resource: true,
    });
    const stopping = onAbort(signal, () => messages.stop());
    const closing = session.connection.closed().then(() => messages.stop());
    const rejected: JsMsg[] = [];
    try {
      for await (const message of messages) {
        if (signal.aborted || !(await this.#take(message, signal))) rejected.push(message);
      }
    } finally {
      void stopping.dispose();
      void closing;
      await messages.close();
    }
    // The server would deliver them to this subscription again, until it knows that it has ended.
    await session.connection.flush();
    for (const message of rejected) message.nak(GIVE_BACK_MS);
  }

  /** @returns false if the subscription has ended before */
  async #take(message: JsMsg, signal: AbortSignal): Promise<boolean> {
    const packet = this.#packetOf(message);
    const isOver = packet === undefined || packet.expiresAtMs <= systemClock.now();
    if (isOver || this.#handled.has(keyOf(message))) message.ack();
    else if (message.info.deliveryCount <= this.#consumer.maxDeliver)
      return await this.#deliver(message, packet, signal);
    else await this.#bury(message, packet, this.#consumer.maxDeliver, "The bridge ended during the last delivery.");
    return true;
  }

  async #deliver(message: JsMsg, packet: Packet, signal: AbortSignal): Promise<boolean> {
    const deliveries = message.info.deliveryCount;
    const holding = setInterval(() => message.working(), ACK_WAIT_MS / 4);
    try {
      await abortable(this.#deps.deliver(withMetadata(packet, { deliveryCount: deliveries }), this.#round), signal);
      this.#remember(message);
      message.ack();
    } catch (error) {
      if (signal.aborted) return false;
      this.#round += 1;
      if (deliveries >= this.#consumer.maxDeliver) await this.#bury(message, packet, deliveries, messageOf(error));
      else message.nak(this.#backoffMs(deliveries));
    } finally {
      clearInterval(holding);
    }
    return true;
  }

  #remember(message: JsMsg): void {
    this.#handled.add(keyOf(message));
    if (this.#handled.size <= MAX_HANDLED) return;
    const [oldest] = this.#handled;
    if (oldest !== undefined) this.#handled.delete(oldest);
  }

  /** Returns undefined for a message that the filter of the server lets pass, but that is not for this consumer. */
  #packetOf(message: JsMsg): Packet | undefined {
    if (!this.#deps.subjects.isFor(message.subject, this.#consumer.name, this.#id)) return undefined;
    const packet = decodeMessage(message.data);
    if (packet === undefined || !matchesTopic(this.#segments, segmentsOfTopic(packet.message.topic))) return undefined;
    return packet;
  }

  /** Keeps it as a dead letter; if that fails, it is delivered again later. */
  async #bury(message: JsMsg, { message: content }: Packet, deliveries: number, error: string): Promise<void> {
    const { name, pattern } = this.#consumer;
    try {
      await this.#deps.deadLetters.add({ message: content, consumer: { name, pattern }, error, deliveries });
      this.#remember(message);
      message.term();
    } catch (failure) {
      this.#deps.logger.warn("A dead letter could not be stored", { consumer: this.#id, error: messageOf(failure) });
      message.nak(this.#backoffMs(deliveries));
    }
  }

  #backoffMs(deliveries: number): number {
    const { backoffMs } = this.#consumer;
    return backoffMs[Math.min(deliveries, backoffMs.length) - 1] ?? NO_DELAY_MS;
  }
}

/** A stream that was created again begins with the same numbers. */
function keyOf({ seq, info }: JsMsg): string {
  return `${seq} ${info.timestampNanos}`;
}
