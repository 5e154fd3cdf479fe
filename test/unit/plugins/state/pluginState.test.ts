import assert from "node:assert/strict";
import { PluginState } from "../../../../src/plugins/state/pluginState.ts";
import { MemoryBackend } from "../../../../src/plugins/state/store/memoryBackend.ts";
import { RENEW_MS } from "../../../../src/plugins/state/store/leases.ts";
import type { BridgeError } from "../../../../src/protocol/errors.ts";
import { SharedStates } from "../../../support/plugins/stateOf.ts";
import { until } from "../../../support/until.ts";

describe("The shared state of a plugin", () => {
  let world: SharedStates;

  beforeEach(() => {
    world = new SharedStates();
  });

  afterEach(async () => {
    await world.dispose();
  });

  it("reads what it wrote at once, before the store has answered", () => {
    world.store();
    const state = world.start("your-plugin");
    state.setRegister("current_config", { apiUrl: "https://api.example.com", timeout: 30_000 });
    assert.equal(state.getRegister("current_config").timeout, 30_000);
    assert.equal(state.getCounter("requests_processed"), 0);
    state.incrementCounter("requests_processed");
    state.incrementCounter("requests_processed", 5);
    state.decrementCounter("requests_processed", 2);
    assert.equal(state.getCounter("requests_processed"), 4);
    state.addToSet("active_tasks", "task_123");
    state.addToSet("active_tasks", "task_456");
    state.addToSet("active_tasks", { id: 7, of: ["a"] });
    state.removeFromSet("active_tasks", "task_123");
    assert.deepEqual(state.getSet("active_tasks"), ["task_456", { id: 7, of: ["a"] }]);
    assert.deepEqual(state.getSet("nothing"), []);
  });

  it("is the same in all processes of the plugin", async () => {
    world.store();
    const [a, b] = [world.start("shop"), world.start("shop")];
    a.incrementCounter("orders", 2);
    b.incrementCounter("orders", 3);
    b.addToSet("open", "o1");
    await Promise.all([a.ready(), b.ready()]);
    a.setRegister("config", { n: 1 });
    await until(
      () => b.getRegister("config")?.n === 1 && a.getCounter("orders") === 5 && a.getSet("open").length === 1,
    );
    a.removeFromSet("open", "o1");
    b.decrementCounter("orders", 10);
    await until(() => b.getSet("open").length === 0 && a.getCounter("orders") === -5);
    assert.deepEqual(world.problems, []);
  });

  it("is there again after the plugin has ended", async () => {
    world.store();
    const first = world.start("shop");
    await first.ready();
    first.incrementCounter("orders", 2);
    first.addToSet("open", { order: 1 });
    await first.dispose();
    const second = world.start("shop");
    second.incrementCounter("orders");
    await second.ready();
    assert.equal(second.getCounter("orders"), 3);
    assert.deepEqual(second.getSet("open"), [{ order: 1 }]);
  });

  it("has few replicas, however often the plugin starts", async () => {
    let now = 1e12;
    world.store({ now: () => now });
    for (let start = 0; start < 300; start++) {
      const state = world.start("shop", { now: () => now });
      await state.ready();
      state.incrementCounter("starts");
      state.addToSet("last", start);
      state.removeFromSet("last", start - 1);
      await state.flush();
      await state.dispose();
      now += RENEW_MS;
    }
    const last = world.start("shop", { now: () => now });
    await last.ready();
    assert.equal(last.getCounter("starts"), 300);
    assert.deepEqual(last.getSet("last"), [299]);
    const { counters = {}, sets = {} } = last.toJSON();
    assert.deepEqual(Object.keys(counters["starts"] ?? {}), ["1"]);
    assert.ok(JSON.stringify(sets).length < 500, JSON.stringify(sets));
  });

  it("has few replicas, however often the plugin is killed", async () => {
    let now = 1e12;
    world.store({ now: () => now });
    for (let start = 0; start < 200; start++) {
      const participant = world.join("shop");
      const state = new PluginState({ participant, clock: world.clock, now: () => now });
      await state.ready();
      state.incrementCounter("starts");
      await state.flush();
      await participant.dispose();
      now += RENEW_MS;
    }
    const last = world.start("shop", { now: () => now });
    await last.ready();
    assert.equal(last.getCounter("starts"), 200);
    assert.ok(Object.keys(last.toJSON().counters?.["starts"] ?? {}).length <= 64);
  });

  it("calls watchers with new values, of this process and of others", async () => {
    world.store();
    const [a, b] = [world.start("shop"), world.start("shop")];
    await Promise.all([a.ready(), b.ready()]);
    const seen: unknown[] = [];
    const ends = [
      b.watchRegister("config", (value) => seen.push(value)),
      b.watchCounter("orders", (value) => seen.push(value)),
      b.watchSet("open", (values) => seen.push(values)),
    ];
    b.setRegister("config", 1);
    assert.deepEqual(seen, [1]);
    a.incrementCounter("orders");
    await until(() => seen.length === 2);
    a.addToSet("open", "x");
    await until(() => seen.length === 3);
    assert.deepEqual(seen, [1, 1, ["x"]]);
    for (const end of ends) end();
    a.incrementCounter("orders");
    await until(() => b.getCounter("orders") === 2);
    assert.equal(seen.length, 3);
  });

  it("goes on when a watcher throws", async () => {
    world.store();
    const state = world.start("shop");
    const seen: number[] = [];
    state.watchCounter("n", () => {
      throw new Error("broken watcher");
    });
    state.watchCounter("n", (n) => seen.push(n));
    state.incrementCounter("n");
    assert.deepEqual(seen, [1]);
    assert.match(String(world.problems[0]), /broken watcher/);
  });

  it("publishes each change with the value after it", async () => {
    world.store();
    const changes: { type: string; key: string; value: unknown }[] = [];
    const observer = world.join("observer");
    observer.subscribe("state/*/change", ({ message: { payload } }) => {
      changes.push({ type: payload.type, key: payload.key, value: payload.value });
    });
    const state = world.start("shop");
    await state.ready();
    state.setRegister("config", { n: 1 });
    for (let n = 0; n < 1000; n++) state.incrementCounter("orders");
    state.addToSet("open", "x");
    await until(() => changes.length >= 3);
    assert.deepEqual(changes, [
      { type: "register", key: "config", value: { n: 1 } },
      { type: "counter", key: "orders", value: 1000 },
      { type: "set", key: "open", value: ["x"] },
    ]);
  });

  it("waits for a store that is not there yet", async () => {
    const state = world.start("shop");
    state.incrementCounter("orders");
    await until(() => world.problems.length > 0);
    assert.equal((world.problems[0] as BridgeError).code, "NOT_FOUND");
    world.store();
    await state.ready();
    assert.equal(state.getCounter("orders"), 1);
  });

  it("gives a store that lost everything its state again", async () => {
    const store = world.store();
    const state = world.start("shop");
    await state.ready();
    state.setRegister("config", 1);
    await state.flush();
    await store.dispose();
    state.incrementCounter("orders", 7);
    state.addToSet("open", "x");
    world.store({ backend: new MemoryBackend() });
    await state.flush();
    const other = world.start("shop");
    await other.ready();
    assert.equal(other.getRegister("config"), 1);
    assert.equal(other.getCounter("orders"), 7);
    assert.deepEqual(other.getSet("open"), ["x"]);
    state.addToSet("open", "y");
    await until(() => other.getSet("open").length === 2);
  });

  it("gets a change that was lost on the way with the next renewal", async () => {
    world.store();
    let isDeaf = false;
    const a = world.start("shop");
    const participant = world.join("shop");
    const b = new PluginState({
      participant: {
        ...participant,
        name: "shop",
        publish: (message) => participant.publish(message),
        request: (message, options) => participant.request(message, options),
        subscribe: (pattern, handler, options) =>
          participant.subscribe(pattern, (delivery) => (isDeaf ? undefined : handler(delivery)), options),
      },
      clock: world.clock,
    });
    await Promise.all([a.ready(), b.ready()]);
    isDeaf = true;
    a.incrementCounter("orders", 3);
    await a.flush();
    assert.equal(b.getCounter("orders"), 0);
    await world.clock.pass(RENEW_MS);
    await until(() => b.getCounter("orders") === 3);
    await b.dispose();
  });

  it("does not take over a time from a clock that is an hour ahead", async () => {
    world.store();
    const ahead = world.start("shop", { now: () => Date.now() + 3_600_000 });
    const other = world.start("shop");
    await Promise.all([ahead.ready(), other.ready()]);
    ahead.setRegister("config", "from the future");
    await until(() => world.problems.length > 0);
    other.setRegister("config", "now");
    await other.flush();
    assert.equal(other.getRegister("config"), "now");
    const third = world.start("shop");
    await third.ready();
    assert.equal(third.getRegister("config"), "now");
  });

  it("ignores changes that another plugin forges", async () => {
    world.store();
    const state = world.start("shop");
    await state.ready();
    const forger = world.join("forger");
    const delta = { version: 1, registers: { config: { value: "forged", at: [Date.now(), 9, "x"] } } };
    await forger.publish({
      topic: "state/shop/change",
      payload: { type: "register", key: "config", replica: "x", delta },
    });
    await assert.rejects(
      forger
        .request({ topic: "state/shop/snapshot", destination: "kiro-bridge", payload: { instance: "i" } })
        .then((reply: { error: BridgeError }) => {
          throw reply.error;
        }),
      { code: "ACCESS_DENIED" },
    );
    const other = world.start("shop");
    await other.ready();
    assert.equal(state.getRegister("config"), undefined);
    assert.equal(other.getRegister("config"), undefined);
  });

  it("rejects ready() when it is disposed before", async () => {
    const state = world.start("shop");
    await state.dispose();
    await assert.rejects(state.ready(), { code: "KIRO_UNAVAILABLE" });
  });
});
