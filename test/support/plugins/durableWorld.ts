import type { DurableConsumer, DurableTopics, Packet } from "../../../src/plugins/bus/transport.ts";
import { packetOf } from "./durableMessages.ts";

/** The durable topics of one bridge, from its start to its end. */
export interface DurableEnd {
  readonly durable: DurableTopics;
  publish(packet: Packet): Promise<unknown>;
  close(): Promise<void>;
}

/** A place where durable messages are kept. */
export interface DurablePlace {
  /** Starts a bridge there. At most one runs at a time. */
  start(): Promise<DurableEnd>;
  dispose(): Promise<void>;
}

/** One bridge with a place of its own for each test. */
export class DurableWorld {
  #place: DurablePlace | undefined;
  #bridge: DurableEnd | undefined;

  constructor(createPlace: () => Promise<DurablePlace>) {
    beforeEach(async () => {
      this.#place = await createPlace();
      this.#bridge = await this.#place.start();
    });
    afterEach(async () => {
      await this.#bridge?.close();
      await this.#place?.dispose();
    });
  }

  get bridge(): DurableEnd {
    if (this.#bridge === undefined) throw new Error("no test runs");
    return this.#bridge;
  }

  async restart(): Promise<void> {
    await this.bridge.close();
    this.#bridge = await this.#place?.start();
  }

  async publish(...payloads: unknown[]): Promise<void> {
    for (const payload of payloads) await this.bridge.publish(packetOf({ payload }));
  }

  consume(consumer: DurableConsumer, take: (packet: Packet, round: number) => Promise<void>, window = 1) {
    return this.bridge.durable.consume(consumer, take, { window });
  }
}
