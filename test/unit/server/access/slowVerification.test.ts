import assert from "node:assert/strict";
import type { Principal } from "../../../../src/core/access/principal.ts";
import { MAX_VERIFICATIONS } from "../../../../src/server/guards/verifications.ts";
import { type FakePrincipal, FakePrincipals } from "../../../support/fakePrincipals.ts";
import type { RawConnection } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

/** Finds principals when the test says so. */
class SlowPrincipals extends FakePrincipals {
  #verified = Promise.withResolvers<void>();
  asked = 0;

  override async authenticate(token: string): Promise<Principal | undefined> {
    this.asked++;
    await this.#verified.promise;
    return super.authenticate(token);
  }

  verify(): void {
    this.#verified.resolve();
  }

  fail(): void {
    this.#verified.reject(new Error("the issuer has no keys"));
  }
}

describe("A token that takes long to verify", () => {
  let principals: SlowPrincipals;
  let client: FakePrincipal;
  let bridge: TestBridge;
  let clock: TestClock | undefined;

  beforeEach(async () => {
    principals = new SlowPrincipals();
    client = principals.add("client");
    bridge = await startTestBridge({ principals });
  });
  afterEach(async () => {
    clock?.release();
    clock = undefined;
    principals.verify();
    await bridge.dispose();
  });

  const asked = (count: number) => until(() => principals.asked === count);
  const headOf = (first: string, headers: Readonly<Record<string, string | number>> = {}): string => {
    const all = { Host: `127.0.0.1:${bridge.port}`, Authorization: `Bearer ${client.token}`, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${first} HTTP/1.1\r\n${lines.join("")}\r\n`;
  };
  const executeHead = (length: number): string =>
    headOf("POST /api/kiro/execute", { "Content-Type": "application/json", "Content-Length": length });
  const upgradeHead = (): string =>
    headOf("GET /ws", {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
    });
  const ranNothing = (): void => assert.equal(bridge.core.executions.all.size, 0);

  it("leaves a large body unread until then, which is complete afterwards", async () => {
    const text = "x".repeat(4 * 1024 * 1024);
    const answer = bridge.callAs(client, "/api/kiro/execute", { body: { command: "test.echo", args: [text] } });
    await asked(1);
    principals.verify();
    const { status, json } = await answer;
    assert.equal(status, 200);
    assert.equal(json["output"], text);
  });

  it("does not disorder the responses of further requests on the connection", async () => {
    const connection = bridge.connect();
    for (const text of ["one", "two", "three"]) {
      const body = JSON.stringify({ command: "test.echo", args: [text] });
      connection.write(executeHead(body.length) + body);
    }
    await asked(3);
    principals.verify();
    const text = await connection.receives(/"output":"three"/);
    assert.match(text, /"output":"one".*"output":"two".*"output":"three"/s);
  });

  it("runs nothing for a client that has left, and leaves nothing behind", async () => {
    const body = JSON.stringify({ command: "test.echo", args: ["gone"] });
    const whole = bridge.connect().write(executeHead(body.length) + body);
    const half = bridge.connect().write(executeHead(body.length) + body.slice(0, 5));
    const upgrade = bridge.connect().write(upgradeHead());
    const stream = bridge.connect().write(headOf("GET /api/kiro/events"));
    await asked(4);
    const all: RawConnection[] = [whole, half, upgrade, stream];
    for (const connection of all) connection.close();
    for (const connection of all) await connection.ended;
    // The server notices in the same order.
    await bridge.call("/api/kiro/status");
    principals.verify();
    assert.equal((await bridge.callAs(client, "/api/kiro/status")).status, 200);
    ranNothing();
    assert.equal(bridge.core.clients.size, 0);
  });

  it("keeps the frames that follow an upgrade at once", async () => {
    const message = Buffer.from(JSON.stringify({ id: "early", method: "status" }));
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | message.length, 0, 0, 0, 0]), message]);
    const connection = bridge.connect().write(upgradeHead() + frame.toString("latin1"));
    await asked(1);
    connection.write(frame.toString("latin1"));
    principals.verify();
    const text = await connection.receives(/"id":"early".*"id":"early"/s);
    assert.match(text, /^HTTP\/1\.1 101 /);
    assert.match(text, /connection-ready/);
  });

  it("is refused if the access ended meanwhile, for a request and an upgrade", async () => {
    const answer = bridge.callAs(client, "/api/kiro/execute", { body: { command: "test.echo" } });
    const socket = new SocketClient(bridge.port, { token: client.token });
    await asked(2);
    principals.end(client);
    principals.verify();
    assert.equal((await answer).status, 401);
    assert.equal((await socket.closed).code, 401);
    ranNothing();
  });

  it("is refused if the bridge began to stop meanwhile", async () => {
    const answer = bridge.callAs(client, "/api/kiro/execute", { body: { command: "test.echo" } });
    const socket = new SocketClient(bridge.port, { token: client.token });
    await asked(2);
    bridge.server.announceStop();
    principals.verify();
    assert.equal((await answer).status, 503);
    assert.equal((await socket.closed).code, 503);
    ranNothing();
  });

  it("is a failure of the bridge, without details, if the verification fails", async () => {
    const answer = bridge.callAs(client, "/api/kiro/status");
    await asked(1);
    principals.fail();
    const { status, text } = await answer;
    assert.equal(status, 500);
    assert.doesNotMatch(text, /issuer/);
  });

  it("is refused after 30 s", async () => {
    const connection = bridge.connect();
    clock = new TestClock();
    connection.write(headOf("GET /api/kiro/status"));
    await asked(1);
    clock.pass(30_000);
    assert.match(await connection.receives(/\r\n\r\n\{/), /^HTTP\/1\.1 401 /);
  });

  it("waits with at most 256 others, which does not affect the owner", async () => {
    const waiting = Array.from({ length: MAX_VERIFICATIONS }, () =>
      bridge.connect().write(headOf("GET /api/kiro/status")),
    );
    await asked(MAX_VERIFICATIONS);
    assert.equal((await bridge.callAs(client, "/api/kiro/status")).status, 429);
    assert.equal((await bridge.call("/api/kiro/status")).status, 200);
    principals.verify();
    for (const connection of waiting) await connection.receives(/^HTTP\/1\.1 200 /);
    assert.equal((await bridge.callAs(client, "/api/kiro/status")).status, 200);
  });
});
