import assert from "node:assert/strict";
import type { PluginsView } from "../../../../../src/dashboard/contract/plugins.ts";
import { systemClock } from "../../../../../src/base/clock.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { CircuitBreaker, circuitTopic } from "../../../../../src/plugins/breaker/circuitBreaker.ts";
import type { Delivery } from "../../../../../src/plugins/bus/participant.ts";
import { MessageBroker } from "../../../../../src/plugins/bus/broker/messageBroker.ts";
import { EmbeddedTransport } from "../../../../../src/plugins/bus/embedded/embeddedTransport.ts";
import { CallRecords } from "../../../../../src/plugins/hub/callRecords.ts";
import { PluginsOverview } from "../../../../../src/plugins/hub/overview/pluginsOverview.ts";
import { PluginRouter } from "../../../../../src/plugins/hub/pluginRouter.ts";
import { DurableLogs } from "../../../../support/plugins/durableLogs.ts";
import { FakeDirectory } from "../../../../support/plugins/fakeDirectory.ts";
import { SharedStates } from "../../../../support/plugins/stateOf.ts";
import { until } from "../../../../support/until.ts";

describe("The overview of plugins", () => {
  let world: SharedStates;
  let directory: FakeDirectory;
  let calls: CallRecords;
  let overview: PluginsOverview;
  let router: PluginRouter;

  beforeEach(() => {
    world = new SharedStates();
    directory = new FakeDirectory();
    calls = new CallRecords();
    const bus = world.join("kiro-bridge");
    const store = world.store();
    const transport = new EmbeddedTransport();
    overview = new PluginsOverview({ directory, bus, calls, transport: () => transport, states: () => store.views() });
    router = new PluginRouter({ directory, bus, records: calls, logger: silentLogger });
  });

  afterEach(async () => {
    router.dispose();
    overview.dispose();
    await world.dispose();
  });

  /** What the dashboard gets: the type shows that it fits. */
  const view = async (): Promise<PluginsView> => await overview.view();

  it("has each plugin with its calls and its shared state, and no manifest or folder", async () => {
    directory.add("shop", {}, { folder: "/home/me/shop", version: "1.0.0", detail: "It runs." });
    directory.add("program", undefined, { origin: "connected" });
    calls.ended("shop", 10, false);
    calls.ended("shop", 10, true);
    const state = world.start("shop");
    state.incrementCounter("orders");
    await state.flush();
    const { plugins } = await view();
    const [shop, program] = plugins;
    assert.deepEqual(shop?.calls, { total: 2, failed: 1 });
    assert.equal(shop?.health?.status, "healthy");
    assert.equal(shop?.shared?.counters, 1);
    assert.equal(program?.calls, undefined);
    assert.doesNotMatch(JSON.stringify(plugins), /manifest|\/home\/me/);
  });

  it("has the bus with its topics, the busiest first", async () => {
    const program = world.join("program");
    program.subscribe("orders/**", () => undefined);
    await program.publish({ topic: "orders/rare" });
    for (let n = 0; n < 10; n++) await program.publish({ topic: "orders/created" });
    const { bus, topics } = await view();
    assert.ok(bus !== undefined && bus.transport === "embedded" && bus.delivered >= 11 && bus.problem === undefined);
    const orders = topics.filter(({ topic }) => topic.startsWith("orders/"));
    assert.deepEqual(
      orders.map(({ topic, published }) => [topic, published]),
      [
        ["orders/created", 10],
        ["orders/rare", 1],
      ],
    );
  });

  it("follows the circuit breakers that plugins publish, each of its own only", async () => {
    directory.add("shop", {});
    directory.add("other", {});
    const shop = world.join("shop");
    const onTransition = (payload: unknown): void => void shop.publish({ topic: circuitTopic("shop"), payload });
    const circuit = new CircuitBreaker("shop", { threshold: 1 }, { onTransition });
    await assert.rejects(
      circuit.execute(() => Promise.reject(new Error("down"))),
      /down/,
    );
    await shop.publish({ topic: circuitTopic("other"), payload: { state: "open" } });
    for (const payload of ["open", null, { state: "ajar" }])
      await shop.publish({ topic: circuitTopic("shop"), payload });
    await until(async () => (await view()).plugins.some((plugin) => plugin.circuit !== undefined));
    const [first, second] = (await view()).plugins;
    assert.deepEqual([first?.circuit?.state, first?.circuit?.failures], ["open", 1]);
    assert.equal(second?.circuit, undefined);
  });

  it("explains the last decisions of the router, and what took the place of the chosen plugin", async () => {
    directory.add("tenants", { routing: { keywords: ["tenant"], contextPatterns: ["**/*.py"], priority: 150 } });
    directory.add("spare", { routing: { keywords: ["tenant"] } });
    for (const name of ["tenants", "spare"]) {
      const bus = world.join(name);
      bus.subscribe(`plugin/${name}/health`, ({ message }) =>
        bus.respond(message.correlationId ?? "", { status: "healthy" }),
      );
    }
    const { requestId } = await router.route({ text: "Create two tenants", files: ["src/a.py"] });
    const [decision] = (await view()).decisions;
    assert.deepEqual([decision?.id, decision?.plugin, decision?.text], [requestId, "tenants", "Create two tenants"]);
    assert.deepEqual(decision?.fallbacks, ["spare"]);
    const reasons = decision?.reasons.join("\n") ?? "";
    assert.match(reasons, /“tenants” is a form of its keyword tenant \(\+\d+\)/);
    assert.match(reasons, /src\/a\.py matches its glob \*\*\/\*\.py \(\+\d+\)/);
    assert.match(reasons, /times 1\.5 for priority/);
    const reason = "it did not answer";
    await router.reportFallback({ requestId, originalPlugin: "tenants", fallbackPlugin: "spare", reason });
    await until(async () => (await view()).decisions[0]?.reasons[0]?.startsWith("spare took") === true);
    for (let n = 0; n < 30; n++) await router.route({ text: "tenant" });
    assert.equal((await view()).decisions.length, 20);
  });

  it("believes no decision that a plugin publishes", async () => {
    const forger = world.join("forger");
    const payload = {
      requestId: "r",
      userInput: "",
      primaryPlugin: "forger",
      fallbackPlugins: [],
      capabilityScores: [],
    };
    await forger.publish({ topic: "routing/decision", payload: { ...payload, timestamp: new Date().toISOString() } });
    await router.route({ text: "tenant" }).catch(() => undefined);
    assert.deepEqual((await view()).decisions, []);
  });

  it("lists dead letters, sends them again and forgets them", async () => {
    const logs = await DurableLogs.create();
    const transport = new EmbeddedTransport(logs.open());
    const broker = new MessageBroker({ transport, clock: systemClock, logger: silentLogger });
    try {
      const all = { mayPublish: () => true, maySubscribe: () => true };
      const join = (name: string) => broker.attach({ name, principalId: name, ...all });
      const bus = join("kiro-bridge");
      const durableOverview = new PluginsOverview({
        directory,
        bus,
        calls,
        transport: () => transport,
        states: () => [],
      });
      const taken: unknown[] = [];
      let isBroken = true;
      const take = ({ message }: Delivery): void => {
        if (isBroken) throw new Error("The database does not answer.");
        taken.push(message.payload);
      };
      join("shop").subscribe("orders/*", take, { durable: { maxDeliver: 2, backoffMs: [1] } });
      const program = join("program");
      for (const n of [1, 2]) await program.publish({ topic: "orders/created", payload: { n } });
      const letters = async () => (await durableOverview.view()).deadLetters;
      await until(async () => (await letters()).count === 2);
      const [newest, oldest] = (await letters()).letters;
      assert.ok(newest !== undefined && oldest !== undefined);
      const { topic, source, consumer, deliveries, error } = newest;
      assert.deepEqual([topic, source, consumer, deliveries], ["orders/created", "program", "shop", 2]);
      assert.match(error, /The database does not answer/);
      isBroken = false;
      await durableOverview.resendDeadLetter(newest.id);
      await until(() => taken.length === 1);
      await durableOverview.removeDeadLetter(oldest.id);
      await until(async () => (await letters()).count === 0);
      assert.deepEqual(taken, [{ n: 2 }]);
      durableOverview.dispose();
    } finally {
      await broker.dispose();
      await logs.dispose();
    }
  });

  it("has no dead letters where nothing is durable", async () => {
    assert.deepEqual((await view()).deadLetters, { count: 0, letters: [] });
    await assert.rejects(overview.resendDeadLetter("x"), { code: "NOT_FOUND" });
  });
});
