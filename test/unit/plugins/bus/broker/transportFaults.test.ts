import assert from "node:assert/strict";
import { systemClock } from "../../../../../src/base/clock.ts";
import { toDisposable } from "../../../../../src/base/disposables.ts";
import { Emitter, noEvent } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { MessageBroker } from "../../../../../src/plugins/bus/broker/messageBroker.ts";
import { EmbeddedTransport } from "../../../../../src/plugins/bus/embedded/embeddedTransport.ts";
import type { BusIdentity } from "../../../../../src/plugins/bus/participant.ts";
import type { DeadLetter, DurableStore, Packet } from "../../../../../src/plugins/bus/transport.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { hasCode, Inbox } from "../../../../support/plugins/busUnderTest.ts";

const identity: BusIdentity = { name: "a", principalId: "a", mayPublish: () => true, maySubscribe: () => true };
const full = (): BridgeError => new BridgeError("RATE_LIMIT_EXCEEDED", "The store is full.");

/** A store that accepts what it is told to. */
class FakeStore implements DurableStore {
  readonly added = new Emitter<DeadLetter>();
  readonly deadLetters = {
    count: 0,
    onDidAdd: this.added.event,
    list: async () => [],
    resend: async () => undefined,
    remove: async () => undefined,
  };
  readonly onDidChangeTopics = noEvent;
  isFull = false;
  readonly stored: unknown[] = [];

  isDurable(topic: string): boolean {
    return topic.startsWith("kept/");
  }

  async append({ message }: Packet): Promise<void> {
    if (this.isFull) throw full();
    this.stored.push(message.payload);
  }

  declareTopics = async () => undefined;
  declareConsumer = async () => undefined;
  consume = () => toDisposable(() => undefined);
  dispose = () => undefined;
}

function brokerOf(transport: EmbeddedTransport, maxPayloadBytes = 1000): MessageBroker {
  return new MessageBroker({ transport, clock: systemClock, logger: silentLogger }, { maxPayloadBytes });
}

describe("The broker of the bus, when its transport fails", () => {
  it("rejects a durable publish that is not stored, delivers it to nobody, and accepts it again", async () => {
    const store = new FakeStore();
    const a = brokerOf(new EmbeddedTransport(store)).attach(identity);
    const inbox = new Inbox(a, "kept/*");
    store.isFull = true;
    const message = { topic: "kept/x", payload: 1, messageId: "id-1" };
    await assert.rejects(a.publish(message), hasCode("RATE_LIMIT_EXCEEDED"));
    assert.deepEqual([store.stored, inbox.payloads, a.stats().published], [[], [], 0]);
    store.isFull = false;
    await a.publish(message);
    await a.publish(message);
    await inbox.wait(1);
    assert.deepEqual([store.stored, inbox.payloads, a.stats().published], [[1], [1], 1]);
  });

  it("announces a dead letter without its message if that is too large, and survives one whose topic is", async () => {
    const store = new FakeStore();
    const a = brokerOf(new EmbeddedTransport(store)).attach(identity);
    const inbox = new Inbox(a, "dead-letter/**");
    const [message] = await receivedOf(a, "x".repeat(900));
    assert.ok(message !== undefined);
    const letter = {
      id: "1",
      message,
      consumer: { name: "a", pattern: "t" },
      error: "e",
      deliveries: 5,
      timestamp: "then",
    };
    store.added.fire({ ...letter, message: { ...message, topic: "t".repeat(1000) } });
    store.added.fire(letter);
    await inbox.wait(1);
    const { message: _tooLarge, ...rest } = letter;
    assert.deepEqual(inbox.payloads, [rest]);
  });

  it("rejects a request that the transport cannot send", async () => {
    class Failing extends EmbeddedTransport {
      override request(): never {
        throw new BridgeError("KIRO_UNAVAILABLE", "no connection");
      }
    }
    const broker = brokerOf(new Failing());
    await assert.rejects(broker.attach(identity).request({ topic: "t" }), hasCode("KIRO_UNAVAILABLE"));
    assert.equal(broker.stats().pendingRequests, 0);
  });
});

async function receivedOf(participant: ReturnType<MessageBroker["attach"]>, payload: unknown) {
  const inbox = new Inbox(participant, "t");
  await participant.publish({ topic: "t", payload });
  return await inbox.wait(1);
}
