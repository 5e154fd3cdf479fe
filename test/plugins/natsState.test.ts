import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { OwnedBus } from "../../src/plugins/hub/ownedBus.ts";
import { manifestSharing } from "../../src/plugins/hub/state/manifestSharing.ts";
import { rememberSharing } from "../../src/plugins/hub/state/sharingMemory.ts";
import { editorIdentity } from "../../src/plugins/hub/windowBus.ts";
import { PluginState } from "../../src/plugins/state/pluginState.ts";
import { openSharing } from "../../src/plugins/state/store/sharing.ts";
import { describeNats } from "../support/nats/describeNats.ts";
import { connectNats, freshPrefix } from "../support/nats/natsBus.ts";
import { NatsServer } from "../support/nats/natsServer.ts";
import { FakeDirectory } from "../support/plugins/fakeDirectory.ts";
import { until } from "../support/until.ts";

describeNats("The shared state of plugins on two bridges with one NATS server", () => {
  let server: NatsServer;
  let prefix: string;
  const ends: (() => PromiseLike<void>)[] = [];

  before(async () => {
    server = await NatsServer.start();
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    prefix = freshPrefix();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  async function bridge(): Promise<OwnedBus> {
    const transport = await connectNats(server, { prefix });
    const deps = { stateBackend: transport.state, sharing: openSharing, clock: systemClock, logger: silentLogger };
    const bus = new OwnedBus({ transport, ...deps });
    ends.push(() => bus.dispose());
    return bus;
  }

  function start(bus: OwnedBus, name: string): PluginState {
    const state = new PluginState({ participant: bus.attach(editorIdentity(name)) });
    ends.push(() => state.dispose());
    return state;
  }

  it("is shared on one as the manifest says that only the other one knows", async () => {
    const [one, two] = [await bridge(), await bridge()];
    const directory = new FakeDirectory();
    const remembering = rememberSharing({ directory, backend: one.stateBackend, logger: silentLogger });
    directory.add("shop", { stateManagement: { sharing: { exports: ["endpoints"] } } });
    const later = manifestSharing(new FakeDirectory(), two.stateBackend);
    await until(async () => (await later.exportOf("shop", "secrets")) === undefined, "the lists of the plugin");
    assert.ok(await later.exportOf("shop", "endpoints"));
    assert.ok(await later.exportOf("program", "secrets"));
    void remembering.dispose();
  });

  it("is the same on both, with counters, sets and registers written at the same time", async () => {
    const [one, two] = [await bridge(), await bridge()];
    const [a, b] = [start(one, "shop"), start(two, "shop")];
    await Promise.all([a.ready(), b.ready()]);
    for (let n = 0; n < 50; n++) {
      a.incrementCounter("orders");
      b.incrementCounter("orders", 2);
      a.addToSet("open", { n });
      if (n % 10 === 0) await new Promise(setImmediate);
    }
    b.setRegister("config", 1);
    await until(() => b.getSet("open").length === 50, "the members of the other process");
    b.removeFromSet("open", { n: 0 });
    await until(
      () => a.getSet("open").length === 49 && a.getCounter("orders") === 150 && a.getRegister("config") === 1,
    );
    await until(() => b.getCounter("orders") === 150);
    await Promise.all([a.flush(), b.flush()]);
    const third = start(await bridge(), "shop");
    await third.ready();
    assert.deepEqual([third.getCounter("orders"), third.getSet("open").length], [150, 49]);
  });

  it("is imported from the other bridge as soon as it is exported", async () => {
    const [one, two] = [await bridge(), await bridge()];
    const [shop, jira] = [start(one, "shop"), start(two, "jira")];
    for (const value of [1, 2, 3]) {
      await shop.exportState("endpoints", { value });
      assert.deepEqual(await jira.importState("shop", "endpoints"), { value });
    }
  });

  it("has all writes after the server was killed and started again", async () => {
    const [one, two] = [await bridge(), await bridge()];
    const [a, b] = [start(one, "shop"), start(two, "shop")];
    await Promise.all([a.ready(), b.ready()]);
    a.incrementCounter("orders");
    await a.flush();
    await server.kill();
    a.incrementCounter("orders", 10);
    b.incrementCounter("orders", 100);
    await server.start();
    const isStored = async (state: PluginState): Promise<boolean> =>
      await state.flush().then(
        () => state.getCounter("orders") === 111,
        () => false,
      );
    await until(async () => (await isStored(a)) && (await isStored(b)), "all writes on both bridges");
    const third = start(await bridge(), "shop");
    await third.ready();
    assert.equal(third.getCounter("orders"), 111);
  });

  it("outlives both bridges", async () => {
    const first = await bridge();
    const state = start(first, "shop");
    state.incrementCounter("orders", 5);
    await state.flush();
    await first.dispose();
    const again = start(await bridge(), "shop");
    await again.ready();
    assert.equal(again.getCounter("orders"), 5);
  });
});
