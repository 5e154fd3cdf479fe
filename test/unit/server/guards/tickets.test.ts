import assert from "node:assert/strict";
import { owner } from "../../../../src/core/access/principal.ts";
import { ticketSchema } from "../../../../src/protocol/socket.ts";
import { TICKET_MS, Tickets } from "../../../../src/server/guards/tickets.ts";
import { callPort } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

describe("Tickets", () => {
  it("are valid once, for 30 s", () => {
    const tickets = new Tickets();
    const { ticket, expiresAt } = tickets.issue(owner, 1000);
    assert.equal(Date.parse(expiresAt), 1000 + TICKET_MS);
    assert.equal(tickets.redeem(`${ticket}x`, 1000), undefined);
    assert.equal(tickets.redeem(ticket, 1000 + TICKET_MS - 1), owner);
    assert.equal(tickets.redeem(ticket, 1001), undefined);
    const late = tickets.issue(owner, 1000).ticket;
    assert.equal(tickets.redeem(late, 1000 + TICKET_MS), undefined);
    assert.equal(tickets.redeem(late, 1001), undefined);
  });

  it("are limited in number, and revoked together", () => {
    const tickets = new Tickets();
    const first = tickets.issue(owner).ticket;
    for (let count = 0; count < 1000; count++) tickets.issue(owner);
    assert.equal(tickets.redeem(first), undefined);
    const last = tickets.issue(owner).ticket;
    tickets.clear();
    assert.equal(tickets.redeem(last), undefined);
  });
});

describe("POST /api/kiro/tickets", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge();
  });

  afterEach(() => bridge.dispose());

  const issue = async (): Promise<string> => {
    const answer = await bridge.call("/api/kiro/tickets", { method: "POST" });
    assert.equal(answer.status, 200);
    return ticketSchema.parse(answer.json).ticket;
  };

  it("requires the token", async () => {
    const answer = await bridge.call("/api/kiro/tickets", {
      method: "POST",
      headers: { Authorization: "Bearer wrong" },
    });
    assert.equal(answer.status, 401);
  });

  it("opens one WebSocket, and no second one", async () => {
    const path = `/ws?ticket=${await issue()}`;
    const client = await SocketClient.open(bridge, { path, headers: {} });
    assert.equal((await new SocketClient(bridge.port, { path, headers: {} }).closed).code, 401);
    client.close();
  });

  it("opens one event stream, and no second one", async () => {
    const ticket = await issue();
    const head = `GET /api/kiro/events?ticket=${ticket} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\n\r\n`;
    await bridge
      .connect()
      .write(head)
      .receives(/event: connection-ready/);
    await bridge
      .connect()
      .write(head)
      .receives(/HTTP\/1.1 401/);
  });

  it("opens no other endpoint, and is not consumed by the attempt", async () => {
    const ticket = await issue();
    for (const path of ["/api/kiro/status", "/metrics", "/api/kiro/executions"]) {
      assert.equal((await callPort(bridge.port, `${path}?ticket=${ticket}`)).status, 401, path);
    }
    const post = await callPort(bridge.port, `/api/kiro/events?ticket=${ticket}`, { method: "POST" });
    assert.equal(post.status, 401);
    (await SocketClient.open(bridge, { path: `/ws?ticket=${ticket}`, headers: {} })).close();
  });

  it("is not accepted together with a wrong token, nor from a foreign page", async () => {
    const ticket = await issue();
    const wrong = new SocketClient(bridge.port, {
      path: `/ws?ticket=${ticket}`,
      headers: { Authorization: "Bearer x" },
    });
    assert.equal((await wrong.closed).code, 401);
    const foreign = new SocketClient(bridge.port, {
      path: `/ws?ticket=${ticket}`,
      headers: { Origin: "https://evil.example" },
    });
    assert.equal((await foreign.closed).code, 403);
    (await SocketClient.open(bridge, { path: `/ws?ticket=${ticket}`, headers: {} })).close();
  });

  it("is revoked when the token is replaced", async () => {
    const ticket = await issue();
    bridge.server.rotateToken("another-token-0123456789");
    assert.equal((await new SocketClient(bridge.port, { path: `/ws?ticket=${ticket}`, headers: {} }).closed).code, 401);
  });
});
