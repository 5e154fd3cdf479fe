import assert from "node:assert/strict";
import { owner } from "../../../../src/core/access/principal.ts";
import { IncomingBytes } from "../../../../src/server/limits/incomingBytes.ts";
import { RequestLimits } from "../../../../src/server/limits/requestLimits.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { openAs } from "./accessRig.ts";

describe("The limits of a principal", () => {
  const principals = new FakePrincipals();
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ principals, limits: { maxRequestsPerMinute: 10_000 } });
  });
  after(() => bridge.dispose());

  it("bound its requests a minute over HTTP, upgrades and WebSockets, and those of no other", async () => {
    const limited = principals.add("requests", { limits: { requestsPerMinute: 4 } });
    const other = principals.add("requests-other", { limits: { requestsPerMinute: 4 } });
    const client = await SocketClient.open(bridge, { token: limited.token });
    assert.ok((await client.ask("status")).result !== undefined);
    for (const body of [undefined, { command: "test.echo" }]) {
      const path = body === undefined ? "/api/kiro/status" : "/api/kiro/execute";
      assert.equal((await bridge.callAs(limited, path, body && { body })).status, 200);
    }
    const refused = await bridge.callAs(limited, "/api/kiro/status");
    assert.deepEqual([refused.status, refused.json["context"]], [429, { limit: 4 }]);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.equal(Reflect.get(Object((await client.ask("status")).error), "code"), "RATE_LIMIT_EXCEEDED");
    assert.equal((await new SocketClient(bridge.port, { token: limited.token }).closed).code, 429);
    assert.equal((await bridge.callAs(other, "/api/kiro/status")).status, 200);
    assert.equal((await bridge.call("/api/kiro/status")).status, 200);
    client.close();
  });

  it("bound its connections of all kinds, and those of no other", async () => {
    const limited = principals.add("connections", { limits: { connections: 2 } });
    const other = principals.add("connections-other", { limits: { connections: 2 } });
    const first = await SocketClient.open(bridge, { token: limited.token });
    const stream = openAs(bridge, limited, "/api/kiro/events");
    await stream.receives(/connection-ready/);
    const refused = await bridge.callAs(limited, "/api/kiro/events");
    assert.deepEqual([refused.status, refused.json["context"]], [429, { limit: 2 }]);
    assert.equal((await new SocketClient(bridge.port, { token: limited.token }).closed).code, 1013);
    const third = await SocketClient.open(bridge, { token: other.token });
    assert.deepEqual(
      bridge.core.clients.list().flatMap(({ kind, principal }) => (kind === "http" ? [] : [principal?.id])),
      ["connections", "connections", "connections-other"],
    );
    third.close();
    first.close();
    const { code } = await first.closed;
    assert.equal(code, 1006);
    stream.close();
  });

  it("bound the bytes that it sends at a time, and those of no other", async () => {
    const limited = principals.add("bytes", { limits: { incomingBytes: 1024 } });
    const other = principals.add("bytes-other");
    const body = { command: "test.echo", args: ["x".repeat(2000)] };
    const refused = await bridge.callAs(limited, "/api/kiro/execute", { body });
    assert.deepEqual([refused.status, refused.json["context"]], [429, { limit: 1024 }]);
    assert.equal((await bridge.callAs(other, "/api/kiro/execute", { body })).status, 200);
    const small = { command: "test.echo", args: ["x".repeat(200)] };
    for (let sent = 0; sent < 10; sent++)
      assert.equal((await bridge.callAs(limited, "/api/kiro/execute", { body: small })).status, 200);
    const client = await SocketClient.open(bridge, {
      token: principals.add("frames", { limits: { incomingBytes: 70_000 } }).token,
    });
    client.webSocket.send(JSON.stringify({ id: "1", method: "status", params: { x: "x".repeat(300_000) } }));
    assert.equal((await client.closed).code, 1013);
  });

  it("count what is in flight, of each principal and of all together", () => {
    const incoming = new IncomingBytes(3000);
    const first = incoming.shareOf(principals.add("first", { limits: { incomingBytes: 2000 } }));
    const again = incoming.shareOf(principals.add("first", { limits: { incomingBytes: 2000 } }));
    const second = incoming.shareOf(principals.add("second"));
    assert.equal(first.take(1500), undefined);
    assert.deepEqual(again.take(501)?.context, { limit: 2000 });
    assert.equal(again.take(500), undefined);
    assert.equal(second.take(1001)?.context, undefined);
    assert.equal(second.take(1000), undefined);
    again.give(500);
    assert.equal(incoming.shareOf(undefined).take(501)?.code, "RATE_LIMIT_EXCEEDED");
    assert.equal(incoming.shareOf(owner).take(500), undefined);
  });

  it("are bounded by the user's setting, remembered for 1,000 principals, and start again after a minute", () => {
    const limits = new RequestLimits(3, { clientId: "owner" });
    const one = principals.add("one", { limits: { requestsPerMinute: 2 } });
    const wide = principals.add("wide");
    const admits = (principal: typeof one, now: number): boolean => {
      try {
        limits.admit(principal, now);
        return true;
      } catch {
        return false;
      }
    };
    assert.deepEqual(
      [1, 2, 3].map(() => admits(one, 0)),
      [true, true, false],
    );
    assert.deepEqual(
      [1, 2, 3, 4].map(() => admits(wide, 0)),
      [true, true, true, false],
    );
    assert.ok(admits(one, 60_000));
    limits.reconfigure(1);
    assert.ok(!admits(one, 60_000));
    for (let count = 0; count < 999; count++) limits.admit(principals.add(`many-${count}`), 60_000);
    assert.ok(!admits(one, 60_000));
    for (let count = 0; count < 1000; count++) limits.admit(principals.add(`more-${count}`), 60_000);
    assert.ok(admits(one, 60_000));
    limits.reconfigure(0);
    for (let count = 0; count < 5000; count++) limits.admit(owner, 60_000);
  });
});
