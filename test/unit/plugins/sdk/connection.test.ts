import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProcessBuses } from "../../../../src/plugins/sdk/processBuses.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { FakeBusServer } from "../../../support/plugins/fakeBusServer.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const TOKEN = "the-token-of-the-plugin";
const withCode = (code: string) => (error: unknown) => isBridgeError(error) && error.code === code;

describe("The message buses of a process with a bridge", () => {
  let home: string;
  let homeBefore: string | undefined;
  let server: FakeBusServer;
  let buses: ProcessBuses;

  beforeEach(async () => {
    home = await temporaryFolder();
    homeBefore = process.env["KIRO_BRIDGE_HOME"];
    process.env["KIRO_BRIDGE_HOME"] = home;
    server = await FakeBusServer.start(TOKEN);
    buses = new ProcessBuses({ KIRO_BRIDGE_URL: server.url, KIRO_BRIDGE_PLUGIN_TOKEN: TOKEN });
  });
  afterEach(async () => {
    buses.reset();
    if (homeBefore === undefined) delete process.env["KIRO_BRIDGE_HOME"];
    else process.env["KIRO_BRIDGE_HOME"] = homeBefore;
    await server.stop();
    await removeFolder(home);
  });

  async function publish(url: string, token: string | undefined = TOKEN): Promise<void> {
    const entry = { version: "0.1.0", url, pid: process.pid, token, windows: [] };
    await writeFile(join(home, "bridge.json"), JSON.stringify(entry));
  }

  const opened = (count: number, of = server): Promise<void> => until(() => of.connections.length >= count);

  it("connect with the token and the address that the editor has given to a plugin", async () => {
    const bus = buses.get("plugin-a");
    // All of it before there is a connection.
    bus.subscribe("news/*", () => undefined);
    const sent = bus.publish({ topic: "news/a", payload: 1 });
    const answer = bus.request({ topic: "plugin/b/request", payload: { asked: true } });
    await sent;
    assert.deepEqual(await answer, { asked: true });
    const [connection] = server.connections;
    assert.deepEqual([connection?.token, connection?.query.get("name")], [TOKEN, "plugin-a"]);
    assert.deepEqual(
      connection?.operations.map(({ op }) => op),
      ["subscribe", "publish", "request"],
    );
  });

  it("deliver what the bridge sends", async () => {
    const seen: unknown[] = [];
    buses.get("plugin-a").subscribe("news/*", ({ payload }) => seen.push(payload));
    await until(() => server.connections[0]?.operations.some(({ op }) => op === "subscribe") === true);
    const message = { messageId: "1", timestamp: new Date().toISOString(), source: "b", destination: "*" };
    server.connections[0]?.push({
      type: "message",
      subscription: 1,
      delivery: 1,
      message: {
        ...message,
        topic: "news/a",
        messageType: "event",
        priority: 5,
        headers: {},
        metadata: {},
        payload: 7,
      },
    });
    await until(() => seen.length === 1);
    assert.deepEqual(seen, [7]);
  });

  it("have a connection for each name, which ends with clear, and begins again", async () => {
    const [one, two] = [buses.get("one"), buses.get("two")];
    await Promise.all([one.publish({ topic: "a" }), two.publish({ topic: "a" })]);
    const names = server.connections.map(({ query }) => query.get("name"));
    assert.deepEqual(new Set(names), new Set(["one", "two"]));
    one.clear();
    assert.equal(await server.connections[names.indexOf("one")]?.closed, 1000);
    await one.publish({ topic: "a" });
    assert.equal(server.connections[2]?.query.get("name"), "one");
  });

  it("reject what the bridge refuses, with its reason", async () => {
    server.refusal = "ACCESS_DENIED";
    const bus = buses.get("plugin-a");
    await assert.rejects(bus.publish({ topic: "a" }), withCode("ACCESS_DENIED"));
    await assert.rejects(bus.request({ topic: "a" }), withCode("ACCESS_DENIED"));
    assert.equal(server.tokens.length, 1);
  });

  it("end with the reason of a bridge that closes the connection for good", async () => {
    const bus = buses.get("plugin-a");
    await bus.publish({ topic: "a" });
    server.connections[0]?.close(4409, "another program has the name");
    await until(() => bus.publish({ topic: "a" }).then(() => false, withCode("CONFLICT")));
    assert.equal(server.connections.length, 1);
  });

  it("connect again after the connection was lost, when the bridge has proved itself", async () => {
    const bus = buses.get("plugin-a");
    bus.subscribe("news", () => undefined);
    await bus.publish({ topic: "a" });
    await publish(server.url);
    server.connections[0]?.close(1001);
    await opened(2);
    await bus.publish({ topic: "b" });
    assert.deepEqual(
      server.connections[1]?.operations.map(({ op }) => op),
      ["subscribe", "publish"],
    );
  });

  it("prove the address itself where there is no discovery folder", async () => {
    const bus = buses.get("plugin-a");
    await bus.publish({ topic: "a" });
    server.connections[0]?.close(1001);
    await opened(2);
    await bus.publish({ topic: "b" });
  });

  it("follow the bridge to another address, which the discovery folder has", async () => {
    const bus = buses.get("plugin-a");
    await bus.publish({ topic: "a" });
    const next = await FakeBusServer.start(TOKEN);
    try {
      await server.stop();
      const sent = bus.publish({ topic: "b" });
      await publish(next.url);
      await sent;
      assert.deepEqual(next.tokens, [TOKEN]);
    } finally {
      buses.reset();
      await next.stop();
    }
  });

  it("never send the token to another program at the former address", async () => {
    const bus = buses.get("plugin-a");
    await bus.publish({ topic: "a" });
    const { port } = server;
    await server.stop();
    const stranger = await FakeBusServer.start("another token", port);
    try {
      await publish(`http://127.0.0.1:${port}`);
      const sent = bus.publish({ topic: "b" });
      const next = await FakeBusServer.start(TOKEN);
      try {
        await publish(next.url);
        await sent;
        assert.deepEqual([stranger.tokens, next.tokens], [[], [TOKEN]]);
      } finally {
        buses.reset();
        await next.stop();
      }
    } finally {
      await stranger.stop();
    }
  });

  it("leave a window that does not respond any more", async () => {
    const clock = new TestClock();
    try {
      const bus = buses.get("plugin-a");
      await bus.publish({ topic: "a" });
      // A ping, which is answered.
      clock.pass(10_000);
      await bus.publish({ topic: "b" });
      server.connections[0]?.freeze();
      const waiting = bus.publish({ topic: "c" });
      const next = await FakeBusServer.start(TOKEN);
      try {
        await publish(next.url);
        // A ping, which is not answered until the next one.
        clock.pass(10_000);
        clock.pass(10_000);
        await waiting;
        assert.equal(server.connections.length, 1);
      } finally {
        buses.reset();
        await next.stop();
      }
    } finally {
      clock.release();
    }
  });

  it("wait for a window that has taken over and does not know the plugin yet", async () => {
    const bus = buses.get("plugin-a");
    await bus.publish({ topic: "a" });
    await publish(server.url);
    server.refusal = "AUTHENTICATION_FAILED";
    server.connections[0]?.close(1001);
    await until(() => server.tokens.length >= 3);
    const sent = bus.publish({ topic: "b" });
    server.refusal = undefined;
    await sent;
  });

  it("reject what has waited for too long", async () => {
    const alone = new ProcessBuses({});
    await alone.connect({ url: server.url, token: TOKEN, offlineMs: 50 });
    server.refusal = "KIRO_UNAVAILABLE";
    const bus = alone.get("client-a");
    await assert.rejects(bus.publish({ topic: "a" }), withCode("KIRO_UNAVAILABLE"));
    server.refusal = undefined;
    await until(() =>
      bus.publish({ topic: "a" }).then(
        () => true,
        () => false,
      ),
    );
    alone.reset();
  });
});

describe("connect", () => {
  let home: string;
  let homeBefore: string | undefined;
  let server: FakeBusServer;
  let buses: ProcessBuses;

  beforeEach(async () => {
    home = await temporaryFolder();
    homeBefore = process.env["KIRO_BRIDGE_HOME"];
    process.env["KIRO_BRIDGE_HOME"] = home;
    server = await FakeBusServer.start(TOKEN);
    buses = new ProcessBuses({});
  });
  afterEach(async () => {
    buses.reset();
    if (homeBefore === undefined) delete process.env["KIRO_BRIDGE_HOME"];
    else process.env["KIRO_BRIDGE_HOME"] = homeBefore;
    await server.stop();
    await removeFolder(home);
  });

  it("finds the bridge by its discovery folder, with the token there", async () => {
    const entry = { version: "0.1.0", url: server.url, pid: process.pid, token: TOKEN, windows: [] };
    await writeFile(join(home, "bridge.json"), JSON.stringify(entry));
    await buses.connect({});
    await buses.get("tool").publish({ topic: "a" });
    assert.deepEqual(server.tokens, [TOKEN]);
  });

  it("fails without a bridge", async () => {
    await assert.rejects(buses.connect({}), /No running Kiro Bridge/);
  });

  it("fails after the first message bus, which is not connected", async () => {
    buses.get("one");
    await assert.rejects(buses.connect({ url: server.url, token: TOKEN }), withCode("CONFLICT"));
    assert.equal(server.tokens.length, 0);
  });

  it("is not undone by a reset", async () => {
    await buses.connect({ url: server.url, token: TOKEN });
    buses.get("one");
    buses.reset();
    await buses.get("two").publish({ topic: "a" });
    assert.equal(server.connections.at(-1)?.query.get("name"), "two");
  });
});
