import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { type Ownership, whenServing } from "../../../../src/server/listen/ownership.ts";
import { markAsLinkConnection } from "../../../../src/server/windows/linkConnections.ts";
import { callPort, portOf, RawConnection } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const withToken = { headers: { Authorization: `Bearer ${TEST_TOKEN}` } };

describe("Listeners", () => {
  let bridge: TestBridge;
  let relay: Server | undefined;

  beforeEach(async () => {
    bridge = await startTestBridge();
  });
  afterEach(async () => {
    relay?.close();
    await bridge.dispose();
  });

  const bound = async () => (await bridge.server.bind(0)) ?? assert.fail("no port is free");

  it("serve a second port, with the same guards", async () => {
    const { port } = await bound();
    assert.notEqual(port, bridge.port);
    for (const at of [port, bridge.port]) {
      assert.equal((await callPort(at, "/api/kiro/status", withToken)).status, 200);
      assert.equal((await callPort(at, "/api/kiro/status")).status, 401);
      assert.equal((await callPort(at, "/health", { headers: { Host: `127.0.0.1:${at + 1}` } })).status, 403);
    }
  });

  it("let what came before a port was closed pass the guards", async () => {
    const second = await bound();
    const client = new RawConnection(second.port);
    client.write(`GET /health HTTP/1.1\r\nHost: 127.0.0.1:${second.port}\r\nConnection: close\r\n`);
    await callPort(second.port, "/health");
    const closed = second.close();
    client.write("\r\n");
    assert.match(await client.ended, /^HTTP\/1.1 (200|503) /);
    await closed;
  });

  it("release one port and keep the other", async () => {
    const second = await bound();
    await second.close();
    await assert.rejects(callPort(second.port, "/health"), { code: "ECONNREFUSED" });
    assert.equal((await callPort(bridge.port, "/health")).status, 200);
  });

  it("retire a port without ending what is connected to it", async () => {
    const second = await bound();
    const events = new RawConnection(second.port);
    events.write(
      `GET /api/kiro/events HTTP/1.1\r\nHost: 127.0.0.1:${second.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`,
    );
    await events.receives(/connection-ready/);
    await second.retire();
    await assert.rejects(callPort(second.port, "/health"), { code: "ECONNREFUSED" });
    await bridge.execute({ command: "test.echo", args: ["still here"] });
    await events.receives(/still here/);
    events.close();
  });

  it("do not take a port that another program has", async () => {
    relay = createServer();
    await new Promise<void>((resolve) => relay?.listen(0, "127.0.0.1", resolve));
    assert.equal(await bridge.server.bind(portOf(relay)), undefined);
  });

  it("handle the requests of a connection that came over a link", async () => {
    relay = createServer((socket) => bridge.server.accept(socket));
    await new Promise<void>((resolve) => relay?.listen(0, "127.0.0.1", resolve));
    const answer = await callPort(portOf(relay), "/no/such/path", {
      headers: { ...withToken.headers, Host: `127.0.0.1:${bridge.port}` },
    });
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
  });
});

describe("whenServing", () => {
  const lost: Ownership = { isServing: false, confirm: () => Promise.resolve(false) };

  it("waits for the check of a window that was stopped for a while", async () => {
    const held: Ownership = { isServing: false, confirm: () => Promise.resolve(true) };
    assert.equal(await whenServing(held, null), undefined);
  });

  it("rejects what comes to a window that no longer has the address", async () => {
    await assert.rejects(whenServing(lost, null) ?? Promise.resolve(), { code: "KIRO_UNAVAILABLE" });
  });

  it("lets pass what comes over a link", () => {
    const connection = {};
    markAsLinkConnection(connection);
    assert.equal(whenServing(lost, connection), undefined);
  });
});
