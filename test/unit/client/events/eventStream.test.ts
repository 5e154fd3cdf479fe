import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import type { EventStream } from "../../../../src/client/events/eventStream.ts";
import type { BridgeEvent, EventType } from "../../../../src/client/wireTypes.ts";
import { type CuttingProxy, startCuttingProxy } from "../../../support/client/cuttingProxy.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const PROXY = { allowedHosts: ["127.0.0.1"] };

/** Reads events until one is the last that the test wants. */
async function readUntil(stream: EventStream, isLast: (event: BridgeEvent) => boolean): Promise<BridgeEvent[]> {
  const events: BridgeEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (isLast(event)) break;
  }
  return events;
}

const startedWith = (arg: string) => (event: BridgeEvent) => event.type === "command-started" && event.args[0] === arg;
const argsOf = (events: readonly BridgeEvent[]) =>
  events.flatMap((event) => (event.type === "command-started" ? event.args : []));

describe("The event stream of the SDK", () => {
  let bridge: TestBridge;
  let proxy: CuttingProxy | undefined;
  let client: KiroBridgeClient;

  async function start(options: TestBridgeOptions = {}): Promise<void> {
    bridge = await startTestBridge({ guards: PROXY, ...options });
    client = new KiroBridgeClient(`http://127.0.0.1:${bridge.port}`, { token: TEST_TOKEN });
  }

  async function startBehindProxy(): Promise<CuttingProxy> {
    await start();
    proxy = await startCuttingProxy(bridge.port);
    return proxy;
  }

  afterEach(async () => {
    await client.close();
    await proxy?.dispose();
    proxy = undefined;
    await bridge.dispose();
  });

  it("has connection-ready first, then whatever happens after ready()", async () => {
    await start();
    const stream = await client.events().ready();
    await client.executeCommand("test.echo", ["a"]);
    const events = await readUntil(stream, ({ type }) => type === "command-completed");
    assert.equal(events[0]?.type, "connection-ready");
    assert.deepEqual(argsOf(events), ["a"]);
  });

  it("has only the types and the execution that are wanted", async () => {
    await start();
    const { executionId } = await client.executeCommand("test.echo", ["a"]);
    const types: readonly EventType[] = ["command-completed"];
    const stream = client.events({ types, executionId, since: 0 });
    const events = await readUntil(stream, ({ type }) => type === "command-completed");
    assert.deepEqual(
      events.map(({ type }) => type),
      ["connection-ready", "command-completed"],
    );
  });

  it("goes on after a connection that was cut in the middle of an event", async () => {
    const { cutIn, url } = await startBehindProxy();
    const follower = new KiroBridgeClient(url, { token: TEST_TOKEN });
    const stream = await follower.events().ready();
    const isCut = cutIn("command-completed");
    const reading = readUntil(stream, startedWith("last"));
    await client.executeCommand("test.echo", ["first"]);
    await isCut;
    await client.executeCommand("test.echo", ["second"]);
    await client.executeCommand("test.echo", ["last"]);
    const events = await reading;
    assert.deepEqual(argsOf(events), ["first", "second", "last"]);
    assert.equal(events.filter(({ type }) => type === "command-completed").length, 2);
    const ids = events.filter(({ type }) => type !== "connection-ready").map(({ eventId }) => eventId);
    assert.deepEqual(ids, [...new Set(ids)]);
    assert.equal(events.filter(({ type }) => type === "connection-ready").length, 2);
    await follower.close();
  });

  it("goes on after any number of cuts, with each event once", async () => {
    const { cutAll, url } = await startBehindProxy();
    const follower = new KiroBridgeClient(url, { token: TEST_TOKEN });
    const stream = await follower.events({ types: ["command-started"] }).ready();
    const reading = readUntil(stream, startedWith("29"));
    for (let index = 0; index < 30; index++) {
      await client.executeCommand("test.echo", [String(index)]);
      if (index % 10 === 9) cutAll();
    }
    assert.deepEqual(
      argsOf(await reading),
      Array.from({ length: 30 }, (_, index) => String(index)),
    );
    await follower.close();
  });

  it("goes on after a restart of the bridge, with what the new run has", async () => {
    await start({ windowId: "first-run" });
    const { port } = bridge;
    const stream = await client.events().ready();
    const reading = readUntil(stream, startedWith("after"));
    await client.executeCommand("test.echo", ["before"]);
    await bridge.dispose();
    bridge = await startTestBridge({ windowId: "second-run", listen: { port } });
    await client.executeCommand("test.echo", ["after"]);
    const events = await reading;
    assert.deepEqual(argsOf(events), ["before", "after"]);
    assert.equal(events.filter(({ type }) => type === "connection-ready").length, 2);
  });

  it("delivers events-lost where events are no longer kept", async () => {
    await start();
    const { events: log } = bridge.core;
    for (let count = 0; count < 10_020; count++) log.append({ type: "status-changed", status: "ready" });
    await client.executeCommand("test.echo", ["4"]);
    const events = await readUntil(client.events({ since: 1, epoch: log.epoch }), startedWith("4"));
    assert.equal(events[1]?.type, "events-lost");
  });

  it("fails at once without a bridge at the address, and for a refusal", async () => {
    await start();
    const stranger = new KiroBridgeClient(client.baseUrl, { token: "wrong" });
    await assert.rejects(stranger.events().next(), { code: "AUTHENTICATION_FAILED" });
    await assert.rejects(client.events({ epoch: "x".repeat(200) }).next(), { code: "VALIDATION_FAILED" });
    await bridge.dispose();
    await assert.rejects(client.events().next(), { code: "NETWORK_ERROR" });
  });

  it("fails when the bridge is away for longer than is wanted", async () => {
    await start();
    const stream = await client.events({}, { maxOfflineMs: 0 }).ready();
    await stream.next();
    await bridge.dispose();
    await assert.rejects(stream.next(), { code: "NETWORK_ERROR", recoverable: true });
  });

  it("ends with the reason of its signal, and without an error when it is left or the client is closed", async () => {
    await start();
    const controller = new AbortController();
    const aborted = await client.events({}, { signal: controller.signal }).ready();
    await aborted.next();
    const pending = aborted.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(pending, reason);
    assert.deepEqual(await aborted.next(), { done: true, value: undefined });

    const left = await client.events().ready();
    await left.next();
    const waiting = left.next();
    await left.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });

    const closed = await client.events().ready();
    await closed.next();
    const last = closed.next();
    await client.close();
    assert.deepEqual(await last, { done: true, value: undefined });
    await until(() => bridge.core.clients.list().every(({ kind }) => kind !== "sse"), "the end of the connections");
  });
});
