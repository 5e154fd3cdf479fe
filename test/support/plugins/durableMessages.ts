import { randomUUID } from "node:crypto";
import type { Message } from "../../../src/plugins/bus/message.ts";
import type { DurableConsumer, Packet } from "../../../src/plugins/bus/transport.ts";
import { until } from "../until.ts";

export function packetOf(message: Partial<Message>, expiresAtMs = Number.POSITIVE_INFINITY): Packet {
  const whole: Message = {
    messageId: randomUUID(),
    timestamp: new Date().toISOString(),
    source: "publisher",
    destination: "*",
    topic: "plugin/publisher/events",
    messageType: "event",
    priority: 5,
    headers: {},
    metadata: {},
    payload: undefined,
    ...message,
  };
  return { message: whole, bytes: JSON.stringify(whole).length, expiresAtMs };
}

export const consumerOf = (name: string, options: Partial<DurableConsumer> = {}): DurableConsumer => ({
  name,
  pattern: "plugin/publisher/**",
  maxDeliver: 3,
  backoffMs: [1],
  ...options,
});

/** What one subscription has received. */
export class Received {
  readonly packets: Packet[] = [];

  readonly take = (packet: Packet): Promise<void> => {
    this.packets.push(packet);
    return Promise.resolve();
  };

  get payloads(): readonly unknown[] {
    return this.packets.map(({ message }) => message.payload);
  }

  get counts(): readonly unknown[] {
    return this.packets.map(({ message }) => message.metadata.deliveryCount);
  }

  async all(count: number): Promise<readonly unknown[]> {
    await until(() => this.packets.length >= count, `${count} messages, of which ${this.packets.length} have come`);
    return this.payloads;
  }
}
