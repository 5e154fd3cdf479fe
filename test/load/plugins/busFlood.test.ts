import assert from "node:assert/strict";
import { FakePrincipals } from "../../support/fakePrincipals.ts";
import { leastHeldBytes } from "../../support/measures/heldBytes.ts";
import { BusClient, type BusClientOptions } from "../../support/plugins/busClient.ts";
import { startTestBridge, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const MiB = 1024 * 1024;
const COUNT = 100_000;

describe("The bus under load", function () {
  this.timeout(240_000);
  const principals = new FakePrincipals();
  const clients: BusClient[] = [];
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge({ principals });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.break();
    await bridge.dispose();
  });

  const open = async (options: BusClientOptions): Promise<BusClient> => {
    const client = await BusClient.open(bridge, options);
    clients.push(client);
    return client;
  };
  const participant = async () => (await bridge.core.pluginBus.load()).bus.attach("publisher");
  const lostBy = (client: BusClient): number =>
    client.frames.reduce((sum, { type, count }) => sum + (type === "messages-lost" ? Number(count) : 0), 0);

  it("keeps a bounded part of 100,000 messages for a client that reads nothing, and tells it how many were lost", async () => {
    const [slow, quick] = [await open({ query: { name: "slow" } }), await open({ query: { name: "quick" } })];
    await slow.do({ op: "subscribe", subscription: 1, pattern: "t" });
    await quick.do({ op: "subscribe", subscription: 1, pattern: "other" });
    const publisher = await participant();
    await until(() => publisher.publish({ topic: "warm/up" }).then(() => true));
    const before = await leastHeldBytes();
    slow.webSocket.pause();
    const payload = "x".repeat(3000);
    for (let n = 0; n < COUNT; n++) await publisher.publish({ topic: "t", payload: `${n} ${payload}` });
    const held = (await leastHeldBytes()) - before;
    assert.ok(held < 64 * MiB, `${(held / MiB).toFixed(1)} MiB`);
    // Nobody else has waited.
    await publisher.publish({ topic: "other", payload: "still quick" });
    await quick.waitForType("message");
    slow.webSocket.resume();
    await until(() => slow.messages.length + lostBy(slow) === COUNT);
    const order = slow.messages.map(({ payload: text }) => Number.parseInt(String(text), 10));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.equal(order.at(-1), COUNT - 1);
    await publisher.dispose();
  });

  it("reads a flood of operations at a bounded rate, answers all of them, and lets others through meanwhile", async () => {
    const flooding = await open({ token: principals.add("flood", { scopes: ["bus:publish"] }).token });
    const quick = await open({ query: { name: "quick" } });
    const count = 30_000;
    const began = performance.now();
    for (let n = 0; n < count; n++) flooding.tell({ op: "publish", message: { topic: "t" } });
    let others = 0;
    const isAnswered = (): boolean => flooding.frames.length > count;
    while (!isAnswered()) {
      await quick.do({ op: "publish", message: { topic: "t" } });
      others++;
    }
    // 10,000 at once, and 10,000 in each second.
    assert.ok(performance.now() - began > 1500);
    assert.ok(others > 10, String(others));
    assert.equal(flooding.frames.filter(({ error }) => error !== undefined).length, 0);
  });
});
