import { SerialQueue } from "../../../base/serialQueue.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { Packet } from "../../bus/transport.ts";
import { encodeMessage } from "../envelope.ts";
import { tooLarge } from "../outbox.ts";
import type { Subjects } from "../subjects.ts";
import { apiCodeOf, type Session, storeError } from "./session.ts";

const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Time for which a message waits for the server, over lost connections. */
const STORE_MS = 30_000;
const CONFIRM_MS = 5000;
const OVERHEAD_BYTES = 512;

export interface AppenderDeps {
  readonly session: (signal: AbortSignal) => Promise<Session>;
  /** Settles when the consumers that were declared before exist; undefined if they do. */
  readonly declared: () => Promise<unknown> | undefined;
  readonly subjects: Subjects;
}

interface Publisher {
  readonly queue: SerialQueue;
  waiting: number;
}

/**
 * Stores messages: those of one publisher and topic one after another, so that a repeated one is not overtaken. The
 * server drops what it has stored already.
 */
export class Appender {
  readonly #deps: AppenderDeps;
  readonly #ended: AbortSignal;
  readonly #publishers = new Map<string, Publisher>();
  #waitingBytes = 0;

  constructor(deps: AppenderDeps, ended: AbortSignal) {
    this.#deps = deps;
    this.#ended = ended;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED if the store is full, KIRO_UNAVAILABLE, PAYLOAD_TOO_LARGE */
  async append(packet: Packet): Promise<void> {
    const bytes = packet.bytes + OVERHEAD_BYTES;
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      throw new BridgeError("KIRO_UNAVAILABLE", "Too many durable messages wait for the NATS server.", {
        reason: "nats",
      });
    }
    const { source, topic } = packet.message;
    const key = `${source} ${topic}`;
    const publisher = this.#publishers.get(key) ?? { queue: new SerialQueue(), waiting: 0 };
    this.#publishers.set(key, publisher);
    const signal = AbortSignal.any([this.#ended, AbortSignal.timeout(STORE_MS)]);
    this.#waitingBytes += bytes;
    publisher.waiting += 1;
    try {
      await publisher.queue.run(() => this.#store(packet, signal));
    } finally {
      this.#waitingBytes -= bytes;
      publisher.waiting -= 1;
      if (publisher.waiting === 0) this.#publishers.delete(key);
    }
  }

  async #store({ message }: Packet, signal: AbortSignal): Promise<void> {
    const subject = this.#deps.subjects.ofMessage("durable", message.topic, message.destination);
    const data = encodeMessage(message);
    const options = { msgID: `${message.source}/${message.messageId}`, timeout: CONFIRM_MS };
    await this.#deps.declared();
    for (;;) {
      const { client, connection } = await this.#deps.session(signal);
      try {
        await client.publish(subject, data, options);
        return;
      } catch (error) {
        const isTooLarge = tooLarge(connection, data);
        if (isTooLarge !== undefined) throw isTooLarge;
        // Without an answer it may be stored or not; the next attempt has the same id.
        if (apiCodeOf(error) !== undefined || signal.aborted) throw storeError(error);
        if (!connection.isClosed()) await connection.flush().catch(() => undefined);
      }
    }
  }
}
