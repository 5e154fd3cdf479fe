import assert from "node:assert/strict";
import { systemClock } from "../../../../src/base/clock.ts";
import { type Logger, silentLogger } from "../../../../src/base/logger.ts";
import type { StateBackend } from "../../../../src/plugins/bus/transport.ts";
import { HybridClock } from "../../../../src/plugins/state/hybridClock.ts";
import { stateLimits } from "../../../../src/plugins/state/stateLimits.ts";
import { STORE_NAME } from "../../../../src/plugins/state/stateMessages.ts";
import { StateReplica } from "../../../../src/plugins/state/stateReplica.ts";
import { MemoryBackend } from "../../../../src/plugins/state/store/memoryBackend.ts";
import type { SharingRules } from "../../../../src/plugins/state/store/sharing.ts";
import { SharedStates } from "../../../support/plugins/stateOf.ts";
import { until } from "../../../support/until.ts";

/** A backend whose disk is full while a test says so, and whose writes can be overtaken. */
class TroubledBackend implements StateBackend {
  readonly inner = new MemoryBackend();
  isFull = false;
  /** Runs once before the next write. */
  beforeWrite: (() => Promise<void>) | undefined;
  writes = 0;

  read(name: string): ReturnType<StateBackend["read"]> {
    return this.inner.read(name);
  }

  async write(name: string, document: unknown, revision: string | undefined): Promise<boolean> {
    const before = this.beforeWrite;
    this.beforeWrite = undefined;
    await before?.();
    if (this.isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    this.writes += 1;
    return await this.inner.write(name, document, revision);
  }
}

describe("The store of shared states", () => {
  let world: SharedStates;

  beforeEach(() => {
    world = new SharedStates();
  });

  afterEach(async () => {
    await world.dispose();
  });

  it("gives exported values to other plugins, the newest or the version that is asked for", async () => {
    world.store();
    const [shop, jira] = [world.start("shop"), world.start("jira")];
    await shop.exportState("endpoints", { list: ["/a"] });
    assert.deepEqual(await jira.importState("shop", "endpoints"), { list: ["/a"] });
    await shop.exportState("endpoints", { list: ["/a", "/b"] }, { version: "1.2" });
    await shop.exportState("endpoints", { routes: [] }, { version: 2 });
    assert.deepEqual(await jira.importState("shop", "endpoints"), { routes: [] });
    assert.deepEqual(await jira.importState("shop", "endpoints", { version: 1 }), { list: ["/a", "/b"] });
    assert.deepEqual(await jira.importState("shop", "endpoints", { version: "1.2.0" }), { list: ["/a", "/b"] });
    await assert.rejects(jira.importState("shop", "endpoints", { version: "1.3" }), (error: Error) => {
      assert.match(error.message, /shop exports endpoints in version 2, 1\.2, not in 1\.3/);
      return "code" in error && error.code === "CONFLICT";
    });
    await assert.rejects(jira.importState("shop", "endpoints", { version: "latest" }), { code: "VALIDATION_FAILED" });
    await assert.rejects(shop.exportState("endpoints", 1, { version: "v1" }), { code: "VALIDATION_FAILED" });
  });

  it("says that a state is unknown", async () => {
    world.store();
    const jira = world.start("jira");
    for (const [plugin, name] of [
      ["shop", "endpoints"],
      ["../shop", "endpoints"],
      ["__proto__", "endpoints"],
    ] as const) {
      await assert.rejects(jira.importState(plugin, name), { code: "NOT_FOUND" });
    }
    await assert.rejects(jira.importState("shop", ""), { code: "VALIDATION_FAILED" });
  });

  it("shares what the manifests list, and nothing else", async () => {
    const sharing: SharingRules = {
      exportOf: (plugin, name) => (plugin === "shop" && name === "endpoints" ? { version: "3" } : undefined),
      importOf: (plugin, from) => (plugin === "jira" && from === "shop" ? {} : undefined),
    };
    world.store({ sharing });
    const [shop, jira, other] = [world.start("shop"), world.start("jira"), world.start("other")];
    await shop.exportState("endpoints", ["/a"]);
    await assert.rejects(shop.exportState("secrets", 1), { code: "ACCESS_DENIED" });
    assert.deepEqual(await jira.importState("shop", "endpoints", { version: 3 }), ["/a"]);
    await assert.rejects(jira.importState("shop", "secrets"), { code: "ACCESS_DENIED" });
    await assert.rejects(other.importState("shop", "endpoints"), { code: "ACCESS_DENIED" });
  });

  it("tells that a value was exported, and not which", async () => {
    world.store();
    const told: unknown[] = [];
    world.join("jira").subscribe("state/*/exported", ({ message }) => void told.push([message.topic, message.payload]));
    await world.start("shop").exportState("endpoints", ["/a"]);
    await until(() => told.length > 0);
    assert.deepEqual(told, [["state/shop/exported", { name: "endpoints", version: "1" }]]);
  });

  it("does not hand exported values to the replicas, nor takes them from there", async () => {
    world.store();
    const shop = world.start("shop");
    await shop.exportState("endpoints", ["/a"]);
    await shop.flush();
    assert.equal(shop.toJSON().exports, undefined);
    const forged = new StateReplica({ id: "x", clock: new HybridClock() });
    const document = forged.setExport("endpoints@1", { version: "1", value: "forged" });
    const participant = world.join("shop");
    await participant.publish({ topic: "state/shop/change", payload: { delta: document } });
    const payload = { instance: "x", document };
    await participant.request({ topic: "state/shop/snapshot", destination: STORE_NAME, payload });
    assert.deepEqual(await world.start("jira").importState("shop", "endpoints"), ["/a"]);
  });

  it("saves soon after a change, and many changes at once", async () => {
    const backend = new TroubledBackend();
    world.store({ backend });
    const state = world.start("shop");
    await state.ready();
    const before = backend.writes;
    let published = 0;
    world.join("observer").subscribe("state/shop/change", ({ message }) => (published = message.payload.value));
    for (let n = 0; n < 50; n++) {
      state.incrementCounter("orders");
      await Promise.resolve();
    }
    await until(() => published === 50 && world.clock.waiting >= 2);
    await world.clock.pass(250);
    await until(async () => JSON.stringify(await backend.read("shop")).includes("50"));
    assert.equal(backend.writes, before + 1);
  });

  it("merges what another bridge has written in the meantime", async () => {
    const backend = new TroubledBackend();
    const [one, two] = [new SharedStates(), new SharedStates()];
    try {
      for (const each of [one, two]) each.store({ backend, clock: systemClock });
      const [a, b] = [one.start("shop"), two.start("shop")];
      await Promise.all([a.ready(), b.ready()]);
      a.incrementCounter("orders", 5);
      b.incrementCounter("orders", 7);
      b.addToSet("open", "x");
      backend.beforeWrite = () => b.flush();
      await a.flush();
      await a.flush();
      assert.equal(a.getCounter("orders"), 12);
      assert.deepEqual(a.getSet("open"), ["x"]);
    } finally {
      await Promise.all([one.dispose(), two.dispose()]);
    }
  });

  it("has what another bridge has just stored", async () => {
    const backend = new TroubledBackend();
    const [one, two] = [new SharedStates(), new SharedStates()];
    try {
      for (const each of [one, two]) each.store({ backend, clock: systemClock });
      const [shop, jira] = [one.start("shop"), two.start("jira")];
      for (const value of [1, 2]) {
        await shop.exportState("endpoints", value);
        assert.equal(await jira.importState("shop", "endpoints"), value);
      }
      await shop.exportState("own", 1);
      assert.equal(await shop.importState("shop", "own"), 1);
      await jira.exportState("own", 2);
      const both = await Promise.all([shop.importState("jira", "own"), jira.importState("shop", "own")]);
      assert.deepEqual(both, [2, 1]);
    } finally {
      await Promise.all([one.dispose(), two.dispose()]);
    }
  });

  it("answers each request once where two bridges are on one bus", async () => {
    const backend = new TroubledBackend();
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (text) => void warnings.push(text) };
    for (let bridge = 0; bridge < 2; bridge++) world.store({ backend, logger, clock: systemClock });
    const states = ["shop", "jira", "crm"].map((name) => world.start(name));
    for (const state of states) {
      state.incrementCounter("n");
      await state.exportState("own", 1);
      await state.flush();
    }
    for (const state of states) assert.equal(state.getCounter("n"), 1);
    assert.deepEqual(warnings, []);
  });

  it("lends one id to one process, also when two bridges lend at the same time", async () => {
    const backend = new TroubledBackend();
    const worlds = Array.from({ length: 8 }, () => new SharedStates());
    try {
      for (const each of worlds) each.store({ backend, clock: systemClock });
      const states = worlds.map((each) => each.start("shop"));
      await Promise.all(states.map((state) => state.ready()));
      for (const state of states) {
        state.incrementCounter("n");
        state.addToSet("all", Object.keys(state.toJSON().counters?.["n"] ?? {})[0]);
        await state.flush();
      }
      const [first] = states;
      await first?.flush();
      assert.equal(first?.getCounter("n"), 8);
      assert.equal(first?.getSet("all").length, 8);
    } finally {
      await Promise.all(worlds.map((each) => each.dispose()));
    }
  });

  it("keeps what it cannot save in memory, says so once, and saves it later", async () => {
    const backend = new TroubledBackend();
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (text) => void warnings.push(text) };
    world.store({ backend, logger });
    const state = world.start("shop");
    await state.ready();
    backend.isFull = true;
    state.setRegister("config", "kept");
    await until(() => world.clock.waiting >= 2);
    for (let n = 0; n < 3; n++) await world.clock.pass(5000);
    await until(() => warnings.length > 0);
    const other = world.start("other");
    await assert.rejects(other.exportState("x", 1), /no space left/);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /only kept in memory/);
    backend.isFull = false;
    await world.clock.pass(10_000);
    await until(async () => JSON.stringify(await backend.read("shop")).includes("kept"));
  });

  it("leaves the state of a later version alone", async () => {
    const backend = new TroubledBackend();
    const later = { version: 2, secret: "of a later version" };
    await backend.inner.write("shop", later, undefined);
    world.store({ backend });
    const state = world.start("shop");
    await until(() => world.problems.length > 0);
    assert.match(String(world.problems[0]), /another version of the bridge/);
    state.incrementCounter("n");
    await assert.rejects(state.exportState("x", 1), { code: "CONFIGURATION_ERROR" });
    assert.deepEqual((await backend.read("shop"))?.document, later);
  });

  it("refuses changes that make a state too large, and keeps the rest", async () => {
    world.store();
    const participant = world.join("shop");
    const snapshot = (document?: unknown) =>
      participant.request({
        topic: "state/shop/snapshot",
        destination: STORE_NAME,
        payload: { instance: "i", document },
      });
    const text = "x".repeat(60_000);
    for (let part = 0; part < 30; part++) {
      const replica = new StateReplica({ id: `r${part}` });
      const reply = await snapshot(replica.setRegister(`k${part}`, text));
      if (part < 12) assert.equal(reply.error, undefined, `part ${part}`);
      if (part > 14) assert.equal(reply.error.code, "PAYLOAD_TOO_LARGE");
    }
    const many = new StateReplica({ id: "m", limits: { ...stateLimits, keys: 1e6, documentBytes: 1e9 } });
    for (let key = 0; key < 3000; key++) many.increment(`c${key}`, 1);
    assert.equal((await snapshot(many.toJSON())).error.code, "PAYLOAD_TOO_LARGE");
    const views = world.start("other");
    await views.ready();
    assert.deepEqual(Object.keys((await snapshot()).result.document.registers).slice(0, 2), ["k0", "k1"]);
  });

  it("answers nonsense with an error", async () => {
    world.store();
    const participant = world.join("shop");
    const payloads: unknown[] = [undefined, null, 1, "x", [], {}, { instance: 1 }, { instance: "x".repeat(101) }];
    payloads.push({ instance: "i", document: { version: 1, registers: { __proto__: 1 } } }, { name: { toString: 1 } });
    for (const kind of ["snapshot", "export", "import"]) {
      for (const payload of payloads) {
        const reply = await participant.request({ topic: `state/shop/${kind}`, destination: STORE_NAME, payload });
        if (kind !== "snapshot" || payload !== payloads[8]) {
          assert.match(reply.error.code, /VALIDATION_FAILED|NOT_FOUND/, `${kind} ${JSON.stringify(payload)}`);
        }
      }
    }
  });

  it("shows how much each plugin has", async () => {
    const store = world.store();
    const state = world.start("shop");
    state.setRegister("config", 1);
    state.incrementCounter("orders");
    await state.exportState("endpoints", []);
    await state.flush();
    const [view] = store.views();
    assert.ok(view && view.bytes > 50 && view.bytes < 1000);
    assert.deepEqual(
      { ...view, bytes: 0 },
      { plugin: "shop", registers: 1, counters: 1, sets: 0, exports: ["endpoints@1"], bytes: 0 },
    );
  });
});
