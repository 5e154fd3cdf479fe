import assert from "node:assert/strict";
import { once } from "node:events";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { FakeTerminals } from "../../../support/programs/fakeTerminal.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { openAs, runAs } from "./accessRig.ts";

const ENDED = "This access was revoked or has expired. Ask for a new one: POST /api/kiro/pair.";
const ASYNC = { Prefer: "respond-async" };

describe("A principal whose access ends", () => {
  let principals: FakePrincipals;
  let terminals: FakeTerminals;
  let bridge: TestBridge;
  let release: () => void;
  let begun: Promise<void>;

  beforeEach(async () => {
    principals = new FakePrincipals();
    terminals = new FakeTerminals();
    const held = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    release = held.resolve;
    begun = began.promise;
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("half of the ans");
      began.resolve();
      await once(context.signal, "abort");
      return { kind: "cancelled", how: "cooperative" };
    };
    const hold = async (): Promise<string> => {
      began.resolve();
      await held.promise;
      return "the result";
    };
    bridge = await startTestBridge({ principals, terminals, agent, commands: { "test.hold": hold } });
  });
  afterEach(async () => {
    release();
    await bridge.dispose();
  });

  it("has its WebSockets closed with 4401, and can open no other; those of others stay", async () => {
    const client = principals.add("client");
    const first = await SocketClient.open(bridge, { token: client.token });
    const second = await SocketClient.open(bridge, { token: client.token });
    const other = await SocketClient.open(bridge, { token: principals.add("other").token });
    principals.end(client);
    for (const socket of [first, second]) assert.deepEqual(await socket.closed, { code: 4401, reason: ENDED });
    assert.equal((await new SocketClient(bridge.port, { token: client.token }).closed).code, 401);
    assert.ok((await other.ask("status")).result !== undefined);
    other.close();
  });

  it("receives nothing more on a stream of events, which ends", async () => {
    const viewer = principals.add("viewer", { role: "viewer" });
    const stream = openAs(bridge, viewer, "/api/kiro/events");
    await stream.receives(/connection-ready/);
    principals.end(viewer);
    await bridge.execute({ command: "test.echo", args: ["too late"] });
    assert.doesNotMatch(await stream.ended, /too late/);
  });

  it("loses the stream of a chat and of its execution in the middle, and its turn is cancelled", async () => {
    const client = principals.add("client");
    const body = JSON.stringify({ prompt: "hello" });
    const chat = bridge
      .connect()
      .write(
        [
          "POST /kiro/chat HTTP/1.1",
          `Host: 127.0.0.1:${bridge.port}`,
          `Authorization: Bearer ${client.token}`,
          "Accept: text/event-stream",
          "Content-Type: application/json",
          `Content-Length: ${body.length}`,
          "",
          body,
        ].join("\r\n"),
      );
    await chat.receives(/half of the ans/);
    const [execution] = bridge.core.executions.active;
    const events = openAs(bridge, client, `/api/kiro/executions/${execution?.id}/events`);
    await events.receives(/half of the ans/);
    principals.end(client);
    for (const stream of [chat, events]) assert.doesNotMatch(await stream.ended, /event: (?:done|command-cancelled)/);
    await execution?.settled;
    assert.equal(execution?.status, "cancelled");
  });

  it("loses its terminal, and a terminal that is being opened is not", async () => {
    const client = principals.add("client", { scopes: ["terminal:open"] });
    const open = new SocketClient(bridge.port, { path: "/terminal", token: client.token });
    await once(open.webSocket, "open");
    const opening = Promise.withResolvers<void>();
    terminals.started = opening.promise;
    const pending = new SocketClient(bridge.port, { path: "/terminal", token: client.token });
    await until(() => terminals.opened.length === 2);
    principals.end(client);
    assert.deepEqual(await open.closed, { code: 4401, reason: ENDED });
    assert.equal((await pending.closed).code, 401);
    opening.resolve();
    await Promise.all(terminals.opened.map(({ disposed }) => disposed));
  });

  it("is not told the end of an execution that it waits for, or that it sent", async () => {
    const client = principals.add("client");
    const id = await runAs(bridge, client, { command: "test.hold" }, ASYNC);
    const waiting = bridge.callAs(client, `/api/kiro/executions/${id}?wait=50`);
    const sent = bridge.callAs(client, "/api/kiro/execute", { body: { command: "test.hold" } });
    await until(() => bridge.core.clients.size > 0 && bridge.core.executions.active.size === 2);
    principals.end(client);
    const { status, json } = await waiting;
    assert.deepEqual([status, json["message"]], [401, ENDED]);
    release();
    const answer = await sent;
    assert.deepEqual([answer.status, answer.json["message"], answer.json["output"]], [401, ENDED, ""]);
  });

  it("runs nothing whose body was still being received", async () => {
    const client = principals.add("client");
    const body = JSON.stringify({ command: "test.echo", args: ["too late"] });
    const head = `POST /api/kiro/execute HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${client.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    const connection = bridge.connect().write(head);
    await connection.receives(/100 Continue/);
    principals.end(client);
    connection.write(body);
    assert.match(await connection.receives(/\r\n\r\n\{.*\}/s), /HTTP\/1\.1 401 .*revoked or has expired/s);
    assert.equal(bridge.core.executions.all.size, 0);
  });

  it("has no valid tickets", async () => {
    const client = principals.add("client");
    const { json } = await bridge.callAs(client, "/api/kiro/tickets", { method: "POST" });
    principals.end(client);
    const path = `/ws?ticket=${String(json["ticket"])}`;
    assert.equal((await new SocketClient(bridge.port, { path, headers: {} }).closed).code, 401);
  });

  it("keeps the principal of a ticket, whoever sends it, and is itself with a token of its own", async () => {
    const client = principals.add("client");
    const other = principals.add("other");
    const path = async (): Promise<string> => {
      const { json } = await bridge.callAs(client, "/api/kiro/tickets", { method: "POST" });
      return `/ws?ticket=${String(json["ticket"])}`;
    };
    const byTicket = await SocketClient.open(bridge, { path: await path(), headers: {} });
    const byToken = await SocketClient.open(bridge, { path: await path(), token: other.token });
    const ids = bridge.core.clients
      .list()
      .flatMap(({ kind, principal }) => (kind === "websocket" ? principal?.id : []));
    assert.deepEqual(ids, ["client", "other"]);
    principals.end(client);
    assert.equal((await byTicket.closed).code, 4401);
    byToken.close();
  });

  it("is disconnected at its expiry, also if the authenticator does not report it", async () => {
    const client = principals.add("client", { expiresAt: Date.now() + 3_600_000 });
    const socket = await SocketClient.open(bridge, { token: client.token });
    client.isActive = false;
    assert.deepEqual(await socket.closed, { code: 4401, reason: ENDED });
    assert.equal((await bridge.callAs(client, "/api/kiro/status")).status, 401);
  });

  it("is not affected when the token of the owner is replaced", async () => {
    const client = await SocketClient.open(bridge, { token: principals.add("client").token });
    const ownerSocket = await SocketClient.open(bridge);
    bridge.server.rotateToken("another-token-0123456789-abcdefghijklmnopqrs");
    assert.equal((await ownerSocket.closed).code, 4401);
    assert.ok((await client.ask("status")).result !== undefined);
    client.close();
  });

  it("has its running and queued work ended", async () => {
    const client = principals.add("client");
    const running = await runAs(bridge, client, { command: "hello", target: "cli" }, ASYNC);
    await begun;
    const queued = await runAs(bridge, client, { command: "hello again", target: "cli" }, ASYNC);
    const executions = [running, queued].map((id) => bridge.core.executions.get(id));
    principals.end(client);
    for (const execution of executions) await execution?.settled;
    assert.deepEqual(
      executions.map((execution) => execution?.status),
      ["cancelled", "failed"],
    );
  });
});
