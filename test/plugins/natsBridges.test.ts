import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import type { NatsTransport } from "../../src/plugins/nats/natsTransport.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { connectNats, freshPrefix } from "../support/nats/natsBus.ts";
import { eventOf, Probe, requestOf } from "../support/nats/natsProbe.ts";
import { NatsServer } from "../support/nats/natsServer.ts";
import { hasCode } from "../support/plugins/busUnderTest.ts";
import { packetOf } from "../support/plugins/durableMessages.ts";
import { until } from "../support/until.ts";

describeNats("Bridges on one NATS server", () => {
  let server: NatsServer;
  let prefix: string;
  let one: NatsTransport;
  let two: NatsTransport;

  before(async () => {
    server = await NatsServer.start();
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    prefix = freshPrefix();
    one = await connectNats(server, { prefix });
    two = await connectNats(server, { prefix });
  });
  afterEach(async () => {
    await one.dispose();
    await two.dispose();
  });

  it("are one bus with the same prefix, and receive nothing of another one", async () => {
    const other = await connectNats(server);
    try {
      const same = new Probe(two, "**");
      const foreign = new Probe(other, "**");
      await Promise.all([two.flush(), other.flush()]);
      await one.publish(eventOf("ours"));
      await other.publish(eventOf("theirs"));
      await one.publish(eventOf("end"));
      assert.deepEqual(await same.wait(2), ["ours", "end"]);
      assert.deepEqual(await foreign.wait(1), ["theirs"]);
      assert.equal(await other.state.read("x"), undefined);
      await one.state.write("x", 1, undefined);
      assert.equal(await other.state.read("x"), undefined);
    } finally {
      await other.dispose();
    }
  });

  it("ignore what other programs send under their prefix", async () => {
    const probe = new Probe(two, "**");
    await two.flush();
    const stranger = await connect({ servers: server.address });
    const subject = `${prefix}.t._.faults.x.$`;
    const whole = packetOf({ topic: "faults/x" }).message;
    for (const data of ["", "{", "null", "[]", '{"topic":"faults/x"}', JSON.stringify({ ...whole, metadata: null })])
      stranger.publish(subject, data);
    for (const data of ["", "null", '{"kind":"other"}', '{"kind":"taken","client":1}'])
      stranger.publish(`${prefix}.i.nobody.1`, data);
    stranger.publish(`${prefix}.c`, "nothing");
    stranger.publish(subject, JSON.stringify({ ...whole, messageType: "request" }), { reply: "elsewhere" });
    await stranger.flush();
    await one.publish(eventOf("end"));
    await until(() => probe.payloads.includes("end"), "the message of a bridge");
    // The last one is whole, but its response would go to a subject outside of the bus.
    assert.deepEqual(probe.replies, [undefined, undefined]);
    await stranger.close();
  });

  it("reject messages and documents that are larger than the server accepts", async () => {
    const payload = "x".repeat(2 * 1024 * 1024);
    assert.throws(() => one.publish(eventOf(payload)), hasCode("PAYLOAD_TOO_LARGE"));
    await one.durable.declareTopics("kept/**");
    await assert.rejects(one.durable.append(eventOf(payload, "kept/x")), hasCode("PAYLOAD_TOO_LARGE"));
    await assert.rejects(one.state.write("x", payload, undefined), hasCode("PAYLOAD_TOO_LARGE"));
    const probe = new Probe(two, "plugin/reader/rpc");
    await two.flush();
    const pending = requestOf(one, "plugin/reader/rpc", "reader");
    await probe.wait(1);
    assert.throws(() => probe.replies[0]?.respond(payload), hasCode("PAYLOAD_TOO_LARGE"));
    await probe.replies[0]?.respond("short");
    assert.deepEqual(await pending, { response: "short" });
  });

  it("fail a request whose responder's bridge has disappeared", async () => {
    const probe = new Probe(two, "plugin/reader/rpc");
    await two.flush();
    const pending = requestOf(one, "plugin/reader/rpc", "reader");
    await probe.wait(1);
    await two.dispose();
    assert.ok(hasCode("KIRO_UNAVAILABLE", "abandoned")((await pending).error));
    // These say no goodbye.
    const killed = await connect({ servers: server.address });
    const subjects = `${prefix}.*.killed.plugin.killed.*.$`;
    killed.subscribe(subjects, {
      callback: (_error, message) => {
        if (message.subject.includes("taken")) message.respond('{"kind":"taken","client":"killed"}');
      },
    });
    await killed.flush();
    for (const method of ["taken", "silent"]) {
      const { error } = await requestOf(one, `plugin/killed/${method}`, "killed");
      assert.ok(hasCode("KIRO_UNAVAILABLE", "abandoned")(error), method);
    }
    await killed.close();
  });

  it("answer a request to all as long as one responder is left", async () => {
    const probes = [new Probe(one, "jobs/next", "first"), new Probe(two, "jobs/next", "second")];
    await Promise.all([one.flush(), two.flush()]);
    const pending = requestOf(one, "jobs/next");
    for (const probe of probes) await probe.wait(1);
    probes[0]?.replies[0]?.abandon();
    await probes[1]?.replies[0]?.progress(1);
    await probes[1]?.replies[0]?.respond("done");
    assert.deepEqual(await pending, { response: "done" });
    const abandoned = requestOf(one, "jobs/next");
    for (const probe of probes) await probe.wait(2);
    for (const probe of probes) probe.replies[1]?.abandon();
    assert.ok(hasCode("KIRO_UNAVAILABLE", "abandoned")((await abandoned).error));
  });

  it("lose no change of a shared state that both write with its revision", async () => {
    const increment = async ({ state }: NatsTransport): Promise<void> => {
      for (;;) {
        const found = await state.read("counter");
        if (await state.write("counter", Number(found?.document ?? 0) + 1, found?.revision)) return;
      }
    };
    const rounds = Array.from({ length: 10 }, () => [one, two]).flat();
    await Promise.all(rounds.map(increment));
    assert.equal((await one.state.read("counter"))?.document, 20);
    assert.equal(await two.state.write("counter", 0, "1"), false);
  });

  it("are told which states others have changed, and nothing of their own changes", async () => {
    const changed: string[] = [];
    const watching = one.state.watch((name) => changed.push(name));
    const strange = "ä name/of a plugin";
    await one.state.write("own", 1, undefined);
    await until(async () => {
      const found = await two.state.read("others");
      await two.state.write("others", 1, found?.revision);
      return changed.includes("others");
    }, "the change");
    await two.state.write(strange, { a: 1 }, undefined);
    await until(() => changed.includes(strange), "the change of the other name");
    assert.deepEqual((await one.state.read(strange))?.document, { a: 1 });
    assert.ok(!changed.includes("own"));
    void watching.dispose();
  });
});
