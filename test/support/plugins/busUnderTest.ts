import { MessageBroker } from "../../../src/plugins/bus/broker/messageBroker.ts";
import type { BrokerOptions } from "../../../src/plugins/bus/broker/busParts.ts";
import { EmbeddedTransport } from "../../../src/plugins/bus/embedded/embeddedTransport.ts";
import type { Message } from "../../../src/plugins/bus/message.ts";
import type {
  BusIdentity,
  BusParticipant,
  BusSubscription,
  SubscribeOptions,
} from "../../../src/plugins/bus/participant.ts";
import { isBridgeError, type ErrorCode } from "../../../src/protocol/errors.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { DurableStore } from "../../../src/plugins/bus/transport.ts";
import { until } from "../until.ts";

/** A bus as the shared tests use it. With several brokers, participants join them in turn. */
export interface BusUnderTest {
  join(name: string, identity?: Partial<BusIdentity>): BusParticipant;
  /** Resolves when all subscriptions made so far are in effect for messages of every broker. */
  flush(): Promise<void>;
  dispose(): Promise<void>;
}

/** A participant that may do everything, as far as its test does not say otherwise. */
function identityOf(name: string, identity: Partial<BusIdentity> = {}): BusIdentity {
  return { name, principalId: `principal of ${name}`, mayPublish: () => true, maySubscribe: () => true, ...identity };
}

export function embeddedBroker(options: Partial<BrokerOptions> = {}, store?: DurableStore): MessageBroker {
  const deps = { transport: new EmbeddedTransport(store), clock: systemClock, logger: silentLogger };
  return new MessageBroker(deps, options);
}

/** A bus in this process. */
export function openBus(): BusUnderTest {
  return busOf([embeddedBroker()], async () => undefined);
}

/** Joins the brokers in turn, so that each participant talks to others of its own broker and of the others. */
export function busOf(brokers: readonly MessageBroker[], flush: () => Promise<void>): BusUnderTest {
  let joined = 0;
  return {
    join(name, identity) {
      const broker = brokers[joined++ % brokers.length];
      if (broker === undefined) throw new Error("a bus has at least one broker");
      return broker.attach(identityOf(name, identity));
    },
    flush,
    async dispose() {
      for (const broker of brokers) await broker.dispose();
    },
  };
}

/** Collects what one subscription receives. */
export class Inbox {
  readonly messages: Message[] = [];
  readonly subscription: BusSubscription;
  #lost = 0;

  constructor(participant: BusParticipant, pattern: string, options: SubscribeOptions = {}) {
    this.subscription = participant.subscribe(pattern, ({ message }) => void this.messages.push(message), {
      onLost: (count) => (this.#lost += count),
      ...options,
    });
  }

  get payloads(): unknown[] {
    return this.messages.map(({ payload }): unknown => payload);
  }

  get lost(): number {
    return this.#lost;
  }

  async wait(count: number): Promise<readonly Message[]> {
    await until(() => this.messages.length >= count, `${count} messages on ${this.subscription.pattern}`);
    return this.messages;
  }
}

/** Matches an error of the catalog, for `assert.rejects`. */
export function hasCode(code: ErrorCode, reason?: string): (error: unknown) => boolean {
  return (error) =>
    isBridgeError(error) && error.code === code && (reason === undefined || error.context?.["reason"] === reason);
}

/** A part of the tests that hold for each transport. */
export type BusTests = (bus: () => BusUnderTest) => void;

export function describeBus(title: string, tests: BusTests): BusTests {
  return (bus) => void describe(title, () => tests(bus));
}
