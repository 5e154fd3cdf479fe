import assert from "node:assert/strict";
import { ERRORS } from "../../../../src/protocol/errors.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { SocketRig } from "./socketRig.ts";

describe("The WebSocket of events, closing a connection", () => {
  const rig = new SocketRig();
  let clock: TestClock | undefined;

  beforeEach(() => rig.start());

  afterEach(async () => {
    clock?.release();
    await rig.dispose();
  });

  describe("closes", () => {
    it("with 1009 for a frame above the limit, without buffering it", async () => {
      await rig.start({ limits: { maxBodyBytes: 1000 } });
      const client = await rig.open();
      client.webSocket.send("x".repeat(1_000_000));
      assert.equal((await client.closed).code, ERRORS.PAYLOAD_TOO_LARGE.closeCode);
      assert.equal((await rig.bridge.call("/api/kiro/status")).status, 200);
    });

    it("with 1003 for a binary frame and with 1007 for broken UTF-8", async () => {
      const binary = await rig.open();
      binary.webSocket.send(Buffer.from([1, 2, 3]));
      assert.equal((await binary.closed).code, ERRORS.UNSUPPORTED_MEDIA_TYPE.closeCode);
      const broken = await rig.open();
      broken.webSocket.send(Buffer.from([0xff, 0xfe]), { binary: false });
      assert.equal((await broken.closed).code, 1007);
    });

    it("with 1013 when there are too many, event streams included", async () => {
      await rig.start({ maxConnections: 2 });
      await rig.open();
      await rig.open();
      assert.equal((await new SocketClient(rig.bridge.port).closed).code, 1013);
      assert.equal((await rig.bridge.call("/api/kiro/events")).status, 429);
    });

    it("with 4401 when the token is replaced, and not when it stays", async () => {
      const client = await rig.open();
      rig.bridge.server.rotateToken(TEST_TOKEN);
      await client.ask("status");
      rig.bridge.server.rotateToken("another-token-0123456789");
      assert.equal((await client.closed).code, ERRORS.AUTHENTICATION_FAILED.closeCode);
    });

    it("with 1008 when the user disconnects it", async () => {
      const client = await rig.open();
      const [record] = rig.bridge.core.clients.list().filter(({ kind }) => kind === "websocket");
      assert.equal(rig.bridge.core.clients.disconnect(record?.id ?? ""), true);
      assert.equal((await client.closed).code, 1008);
    });

    it("a peer that does not respond between two pings", async () => {
      clock = TestClock.stopped();
      await rig.start({ pingMs: 50 });
      const [dead, alive] = [await rig.open(), await rig.open()];
      dead.webSocket.pause();
      const gone = Promise.withResolvers<void>();
      rig.bridge.core.clients.onDidChange(() => rig.bridge.core.clients.size === 1 && gone.resolve());
      clock.pass(50);
      // Behind the first reply the pong goes out, before the second it has come in.
      for (let time = 0; time < 2; time++) await alive.ask("status");
      assert.equal(rig.bridge.core.clients.size, 2);
      clock.pass(50);
      await gone.promise;
      await alive.ask("status");
      dead.webSocket.resume();
      assert.equal((await dead.closed).code, 1006);
    });
  });

  it("applies backpressure to a client that does not read its replies", async () => {
    const ids = Array.from({ length: 2000 }, (_, at) => `extra.command.${"x".repeat(60)}.${at}`);
    await rig.start({ commands: Object.fromEntries(ids.map((id) => [id, () => undefined])) });
    const client = await rig.open();
    const { length } = JSON.stringify(await client.ask("status"));
    client.webSocket.pause();
    const before = process.memoryUsage().rss;
    for (let count = 0; count < 500; count++) client.webSocket.send(JSON.stringify({ id: count, method: "status" }));
    for (let turn = 0; turn < 50; turn++) await rig.bridge.call("/health");
    assert.ok(500 * length > 75 * 1024 * 1024);
    assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024);
    client.webSocket.resume();
    await client.waitFor(({ id }) => id === 499);
  });
});
