import assert from "node:assert/strict";
import type { NatsTransport } from "../../src/plugins/nats/natsTransport.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { connectNats, freshPrefix, TestCredentials, type TestTransportOptions } from "../support/nats/natsBus.ts";
import { eventOf, Probe, requestOf, untilState } from "../support/nats/natsProbe.ts";
import { NatsServer, type NatsServerOptions } from "../support/nats/natsServer.ts";
import { hasCode } from "../support/plugins/busUnderTest.ts";
import { consumerOf, packetOf, Received } from "../support/plugins/durableMessages.ts";
import { until } from "../support/until.ts";

describeNats("The bus on a NATS server with faults", () => {
  const open: AsyncDisposable[] = [];

  afterEach(async () => {
    for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  });

  async function startServer(options?: NatsServerOptions): Promise<NatsServer> {
    const server = await NatsServer.start(options);
    open.push(server);
    return server;
  }

  async function connect(server: NatsServer, options?: TestTransportOptions): Promise<NatsTransport> {
    const transport = await connectNats(server, options);
    open.push({ [Symbol.asyncDispose]: () => transport.dispose() });
    return transport;
  }

  describe("that is killed", () => {
    it("keeps publishes until it is back, counts them in the status, and delivers them in order", async () => {
      const server = await startServer();
      const prefix = freshPrefix();
      const credentials = new TestCredentials();
      const [publisher, reader] = [await connect(server, { prefix, credentials }), await connect(server, { prefix })];
      const probe = new Probe(reader, "faults/*");
      await reader.flush();
      // The reader is there first, since live messages are for those who are there.
      const release = credentials.hold();
      await server.kill();
      await untilState(publisher, "reconnecting");
      await untilState(reader, "reconnecting");
      const changes: unknown[] = [];
      publisher.onDidChangeStatus(({ state }) => changes.push(state));
      for (const number of [1, 2, 3]) assert.equal(publisher.publish(eventOf(number)), undefined);
      const { status } = publisher;
      assert.ok(status.state === "reconnecting");
      assert.equal(status.buffered, 3);
      assert.ok(!Number.isNaN(Date.parse(status.since)));
      assert.notEqual(status.reason, "");
      await server.start();
      await untilState(reader, "connected");
      await reader.flush();
      release();
      await untilState(publisher, "connected");
      void publisher.publish(eventOf("later"));
      assert.deepEqual(await probe.wait(4), [1, 2, 3, "later"]);
      assert.equal(changes.at(-1), "connected");
    });

    it("rejects publishes beyond the bound, and keeps those before", async () => {
      const server = await startServer();
      const transport = await connect(server, { maxWaitingBytes: 20_000 });
      const probe = new Probe(transport, "faults/*");
      await transport.flush();
      await server.kill();
      await untilState(transport, "reconnecting");
      let kept = 0;
      const flood = (): void => {
        for (; kept < 1000; kept += 1) void transport.publish(eventOf(kept));
      };
      assert.throws(flood, hasCode("KIRO_UNAVAILABLE", "nats"));
      assert.ok(kept > 10 && kept < 100);
      await server.start();
      assert.deepEqual(
        await probe.wait(kept),
        Array.from({ length: kept }, (_, index) => index),
      );
    });

    it("fails pending requests at once, aborts their responders, and rejects new ones until it is back", async () => {
      const server = await startServer();
      const prefix = freshPrefix();
      const [caller, callee] = [await connect(server, { prefix }), await connect(server, { prefix })];
      const probe = new Probe(callee, "plugin/callee/rpc", "callee");
      await callee.flush();
      const pending = requestOf(caller, "plugin/callee/rpc", "callee");
      await probe.wait(1);
      await server.kill();
      const { error } = await pending;
      assert.ok(hasCode("KIRO_UNAVAILABLE")(error));
      await until(() => probe.replies[0]?.isOpen === false, "the end of the request at its responder");
      assert.equal(probe.replies[0]?.signal.aborted, true);
      assert.ok(hasCode("KIRO_UNAVAILABLE")((await requestOf(caller, "plugin/callee/rpc", "callee")).error));
      await server.start();
      await untilState(caller, "connected");
      await untilState(callee, "connected");
      await callee.flush();
      const again = requestOf(caller, "plugin/callee/rpc", "callee");
      await probe.wait(2);
      await probe.replies[1]?.respond("pong");
      assert.deepEqual(await again, { response: "pong" });
    });

    it("stores durable messages once and in order, which were published before, during and after", async () => {
      const server = await startServer();
      const transport = await connect(server);
      const received = new Received();
      transport.durable.consume(consumerOf("a", { maxDeliver: 50 }), received.take);
      await transport.flush();
      const publishing: Promise<unknown>[] = [];
      for (let number = 0; number < 150; number += 1) {
        publishing.push(transport.durable.append(packetOf({ payload: number })));
        if (number === 50) await received.all(10);
        if (number === 50) await server.kill();
        if (number === 100) await untilState(transport, "reconnecting");
        if (number === 100) await server.start();
      }
      await Promise.all(publishing);
      await until(() => new Set(received.payloads).size === 150, "all messages");
      // An acknowledgement may be lost with the server.
      const first = received.packets.filter(({ message }) => message.metadata.deliveryCount === 1);
      assert.deepEqual(
        [...new Set(first.map(({ message }): unknown => message.payload))],
        Array.from({ length: 150 }, (_, index) => index),
      );
    });
  });

  it("delivers a message once more, and no more, that was given back while nobody asked for messages", async () => {
    const server = await startServer();
    const transport = await connect(server);
    const consumer = consumerOf("a", { pattern: "faults/a", maxDeliver: 50 });
    const taken = Promise.withResolvers<void>();
    const first = transport.durable.consume(consumer, () => {
      taken.resolve();
      return new Promise(() => undefined);
    });
    await transport.flush();
    for (const payload of [1, 2, 3]) await transport.durable.append(packetOf({ topic: "faults/a", payload }));
    await taken.promise;
    void first.dispose();
    // The time of its redelivery has passed when this one was delivered again.
    const clock = new Received();
    transport.durable.consume(consumerOf("clock", { pattern: "faults/clock", backoffMs: [2000] }), async (packet) => {
      await clock.take(packet);
      assert.equal(clock.packets.length, 2);
    });
    await transport.flush();
    await transport.durable.append(packetOf({ topic: "faults/clock" }));
    await clock.all(2);
    const received = new Received();
    transport.durable.consume(consumer, received.take);
    await until(() => received.payloads.includes(3), "the last message");
    assert.deepEqual(received.payloads, [1, 2, 3]);
  });

  it("keeps a durable message for a consumer that was declared just before", async () => {
    const server = await startServer();
    const transport = await connect(server);
    for (let number = 0; number < 20; number += 1) {
      const consumer = consumerOf(`plugin-${number}`, { pattern: `faults/${number}` });
      const declaring = transport.durable.declareConsumer(consumer);
      await transport.durable.append(packetOf({ topic: `faults/${number}`, payload: number }));
      await declaring;
      const received = new Received();
      transport.durable.consume(consumer, received.take);
      assert.deepEqual(await received.all(1), [number]);
    }
  });

  describe("that answers nothing", () => {
    it("applies backpressure to publishers, rejects what waits too long, and goes on when it answers again", async () => {
      const server = await startServer();
      const transport = await connect(server, { maxWaitingBytes: 200_000, maxWaitMs: 200, pingMs: 60_000 });
      const probe = new Probe(transport, "faults/*");
      await transport.flush();
      await server.freeze();
      const outcomes: Promise<unknown>[] = [];
      let rejected: unknown;
      for (let number = 0; rejected === undefined && number < 100_000; number += 1) {
        try {
          const sent = transport.publish(eventOf(number));
          if (sent !== undefined) outcomes.push(sent.catch((error: unknown) => error));
        } catch (error) {
          rejected = error;
        }
      }
      assert.ok(hasCode("KIRO_UNAVAILABLE", "nats")(rejected));
      const errors = await Promise.all(outcomes);
      assert.ok(errors.length > 0 && errors.every(hasCode("OPERATION_TIMEOUT")));
      server.resume();
      await transport.flush();
      await until(() => transport.publish(eventOf("after")) === undefined, "the server to take messages");
      await until(() => probe.payloads.includes("after"), "the message after it");
      assert.equal(transport.status.state, "connected");
    });

    it("is taken for dead after two pings, and used again when it answers", async () => {
      const server = await startServer();
      const transport = await connect(server, { pingMs: 500 });
      const probe = new Probe(transport, "plugin/reader/rpc");
      await transport.flush();
      const pending = requestOf(transport, "plugin/reader/rpc", "reader");
      await probe.wait(1);
      await server.freeze();
      assert.ok(hasCode("KIRO_UNAVAILABLE")((await pending).error));
      assert.equal(transport.status.state, "reconnecting");
      server.resume();
      await untilState(transport, "connected");
    });
  });

  describe("without room", () => {
    it("rejects durable messages, delivers live ones, and stores again when there is room", async () => {
      const server = await startServer({ maxStoredBytes: 300_000 });
      const transport = await connect(server);
      const live = new Probe(transport, "live/*");
      await transport.durable.declareConsumer(consumerOf("a"));
      const payload = "x".repeat(20_000);
      const fill = async (): Promise<void> => {
        for (let number = 0; number < 100; number += 1) await transport.durable.append(packetOf({ payload }));
      };
      await assert.rejects(fill(), hasCode("RATE_LIMIT_EXCEEDED", "store-full"));
      void transport.publish(eventOf("live", "live/x"));
      await live.wait(1);
      const received = new Received();
      transport.durable.consume(consumerOf("a"), received.take);
      await until(async () => {
        try {
          await transport.durable.append(packetOf({ payload: "last" }));
          return true;
        } catch (error) {
          assert.ok(hasCode("RATE_LIMIT_EXCEEDED", "store-full")(error));
          return false;
        }
      }, "room in the store");
      await until(() => received.payloads.includes("last"), "the message that was stored at last");
    });

    it("says why durable messages are not available without JetStream, and delivers live ones", async () => {
      const server = await startServer({ maxStoredBytes: 0 });
      const transport = await connect(server);
      const live = new Probe(transport, "faults/*");
      void transport.publish(eventOf("live"));
      await live.wait(1);
      const declaring = transport.durable.declareConsumer(consumerOf("a"));
      await assert.rejects(declaring, hasCode("KIRO_UNAVAILABLE", "nats"));
      await assert.rejects(transport.state.read("x"), hasCode("KIRO_UNAVAILABLE"));
    });
  });
});
