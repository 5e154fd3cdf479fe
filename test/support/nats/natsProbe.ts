import type { NatsTransport } from "../../../src/plugins/nats/natsTransport.ts";
import type { Message } from "../../../src/plugins/bus/message.ts";
import type { Packet } from "../../../src/plugins/bus/packet.ts";
import type { ReplyPort } from "../../../src/plugins/bus/transport.ts";
import type { BridgeError } from "../../../src/protocol/errors.ts";
import { packetOf } from "../plugins/durableMessages.ts";
import { until } from "../until.ts";

export const eventOf = (payload: unknown, topic = "faults/x"): Packet => packetOf({ topic, payload });

/** Collects what one subscription of a transport receives. */
export class Probe {
  readonly messages: Message[] = [];
  readonly replies: (ReplyPort | undefined)[] = [];

  constructor(transport: NatsTransport, pattern: string, name = "reader") {
    transport.subscribe({ pattern, name, group: undefined, priority: 5 }, ({ message }, reply) => {
      this.messages.push(message);
      this.replies.push(reply);
    });
  }

  get payloads(): unknown[] {
    return this.messages.map(({ payload }): unknown => payload);
  }

  async wait(count: number): Promise<readonly unknown[]> {
    await until(() => this.messages.length >= count, `${count} messages, of which ${this.messages.length} have come`);
    return this.payloads;
  }
}

export interface Outcome {
  readonly response?: unknown;
  readonly error?: BridgeError;
}

/** Sends a request to a plugin. Settles with its end. */
export function requestOf(transport: NatsTransport, topic: string, destination = "*"): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  transport.request(packetOf({ topic, destination, messageType: "request", metadata: { timeout: 60_000 } }), {
    onProgress: () => undefined,
    onResponse: (response: unknown) => resolve({ response }),
    onFailed: (error) => resolve({ error }),
  });
  return promise;
}

/** Waits until a transport is, or is not, connected. */
export async function untilState(transport: NatsTransport, state: NatsTransport["status"]["state"]): Promise<void> {
  await until(() => transport.status.state === state, `the state ${state}`);
}
