import assert from "node:assert/strict";
import { executeResponseSchema } from "../../../../src/protocol/executions.ts";
import { leastHeldBytes } from "../../../support/measures/heldBytes.ts";
import type { RawConnection } from "../../../support/httpClient.ts";
import { resultOf, SocketClient, type SocketMessage } from "../../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const MEBIBYTE = 1024 * 1024;
const EXECUTE = "/api/kiro/execute";

describe("Clients that do not read", () => {
  let bridge: TestBridge;

  /** `test.big` gives four mebibytes, each time others. */
  const start = async (options: TestBridgeOptions = {}): Promise<void> => {
    let count = 0;
    const big = async (): Promise<string> => {
      await new Promise(setImmediate);
      return Buffer.alloc(4 * MEBIBYTE, `${++count} `).toString("latin1");
    };
    bridge = await startTestBridge({ ...options, commands: { "test.big": big } });
  };
  beforeEach(() => start());
  afterEach(() => bridge.dispose());

  /** Sends requests, and reads no answer until it is told to. */
  const ask = (line: string, body = "", count = 1): RawConnection => {
    const connection = bridge.connect();
    connection.socket.pause();
    const type = body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    const head = `${line} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n${type}`;
    return connection.write(`${head}\r\n${body}`.repeat(count));
  };
  const executeBig = JSON.stringify({ command: "test.big" });
  const heldByLog = (): number => [...bridge.core.executions.all.values()].reduce((sum, { weight }) => sum + weight, 0);
  /** How many have completed since. */
  const countCompleted = (): (() => number) => {
    let count = 0;
    bridge.core.executions.onDidChange(({ status }) => void (count += status === "completed" ? 1 : 0));
    return () => count;
  };

  it("over a WebSocket cost the host a few bytes for each reply, and receive every reply when they read", async () => {
    const client = await SocketClient.open(bridge, { path: "/ws?types=status-changed" });
    client.webSocket.pause();
    const begun = Promise.withResolvers<void>();
    bridge.editor.register("test.wait", () => begun.promise);
    const before = await leastHeldBytes();
    const ran = countCompleted();
    const send = (id: number, command: string): void => {
      client.webSocket.send(JSON.stringify({ id, method: "execute", params: { request: { command } } }));
    };
    for (let id = 0; id < 3; id++) send(id, "test.wait"); // So that the others are all in line when the first is answered.
    for (let id = 3; id < 39; id++) send(id, "test.big");
    await until(() => bridge.core.executions.active.size === 39);
    begun.resolve();
    await until(() => ran() === 39);
    await bridge.call("/health");
    const grown = (await leastHeldBytes()) - before;
    assert.ok(grown < heldByLog() + 32 * MEBIBYTE, `${grown} bytes`);
    client.webSocket.resume();
    const replies: SocketMessage[] = [];
    for (let id = 3; id < 39; id++) replies.push(await client.waitFor((message) => message["id"] === id, 60_000));
    const whole = replies.map((reply) => executeResponseSchema.parse(resultOf(reply)));
    assert.ok(whole.every(({ success, status }) => success && status === "completed"));
    assert.ok(whole.some(({ output }) => output.length === 4 * MEBIBYTE));
    assert.ok(whole.every(({ output, outputTruncated }) => output.length === 4 * MEBIBYTE || outputTruncated === true));
    client.close();
  });

  it("over HTTP make the host hold at most 64 MiB of responses, however many there are", async () => {
    const ran = countCompleted();
    const before = await leastHeldBytes();
    for (let count = 0; count < 60; count++) ask(`POST ${EXECUTE}`, executeBig);
    await until(() => ran() === 60);
    const grown = (await leastHeldBytes()) - before;
    assert.ok(grown < heldByLog() + 128 * MEBIBYTE, `${grown} bytes`);
  });

  it("delay the responses of others only until they are disconnected", async () => {
    await bridge.dispose();
    await start({ listen: { unreadTimeoutMs: 1500 } });
    const ran = countCompleted();
    for (let count = 0; count < 40; count++) ask(`POST ${EXECUTE}`, executeBig);
    await until(() => ran() === 40);
    const { json } = await bridge.execute({ command: "test.big" });
    assert.equal(String(json["output"]).length, 4 * MEBIBYTE);
  });

  it("that request large executions receive 429, while small responses of others continue", async () => {
    const id = String((await bridge.execute({ command: "test.big" })).json["executionId"]);
    const path = `/api/kiro/executions/${id}`;
    const deaf = Array.from({ length: 40 }, () => ask(`GET ${path}`));
    const isRefused = async (): Promise<boolean> => {
      const answer = await bridge.call(path);
      return answer.status === 429 && answer.json["code"] === "RATE_LIMIT_EXCEEDED";
    };
    while (!(await isRefused())) await new Promise(setImmediate);
    assert.equal((await bridge.call("/api/kiro/status")).status, 200);
    assert.equal((await bridge.execute({ command: "test.echo", args: ["small"] })).json["output"], "small");
    for (const connection of deaf) connection.close();
    while (await isRefused()) await new Promise(setImmediate);
  });

  it("are disconnected after a timeout on every kind of connection, and no other client is", async () => {
    await bridge.dispose();
    await start({ listen: { unreadTimeoutMs: 300 } });
    const idle = await SocketClient.open(bridge);
    const stream = bridge.connect();
    stream.write(
      `GET /api/kiro/events HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`,
    );
    await stream.receives(/connection-ready/);
    const deafStream = ask("GET /api/kiro/events");
    const deafSocket = await SocketClient.open(bridge);
    await until(() => bridge.core.clients.size === 4);
    deafSocket.webSocket.pause();
    const output = "x".repeat(4 * MEBIBYTE);
    const { clients, events } = bridge.core;
    const deaf = clients.list().slice(2, 4);
    const isFed = (): boolean =>
      deaf.some(({ id }) => clients.list().some((one) => one.id === id && one.eventsDropped === 0));
    while (isFed()) {
      events.append({ type: "command-output", executionId: "exec-1", output, stream: "stdout" });
      await new Promise(setImmediate);
    }
    await until(() => clients.size === 2);
    const left = clients.list().map(({ kind }) => kind);
    assert.deepEqual(left.slice(0, 2), ["websocket", "sse"]);
    deafStream.close();
    for (const client of [idle, deafSocket]) client.close();
  });

  it("that send request after request are disconnected", async () => {
    const held = Promise.withResolvers<string>();
    bridge.editor.register("test.held", () => held.promise);
    const body = JSON.stringify({ command: "test.held" });
    const one = `POST ${EXECUTE} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nIdempotency-Key: same\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const connection = bridge.connect().write(one.repeat(2000));
    assert.equal(await connection.ended, "");
    held.resolve("done");
    assert.equal((await bridge.call("/api/kiro/status")).status, 200);
  });

  it("that send pings do not make pongs accumulate", async () => {
    const client = await SocketClient.open(bridge);
    const { promise: ponged, resolve } = Promise.withResolvers<void>();
    client.webSocket.once("pong", () => resolve());
    client.webSocket.ping();
    await ponged;
    client.webSocket.pause();
    const before = await leastHeldBytes();
    for (let round = 0; round < 300; round++) {
      for (let count = 0; count < 500; count++) client.webSocket.ping("x".repeat(125));
      await new Promise(setImmediate);
    }
    await bridge.call("/health");
    assert.ok((await leastHeldBytes()) - before < 16 * MEBIBYTE);
    client.close();
  });
});

describe("What is being received", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge();
  });
  afterEach(() => bridge.dispose());

  it("is limited to 128 MiB over all connections; above that a request receives 429 before its body is buffered", async () => {
    const length = 10 * MEBIBYTE;
    const head = `POST ${EXECUTE} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const slow = Array.from({ length: 15 }, () =>
      bridge
        .connect()
        .write(head)
        .write(" ".repeat(length - 1)),
    );
    let refused = 0;
    for (const connection of slow) {
      const refusal = connection.receives(/^HTTP\/1\.1 429 .*Retry-After: \d+.*"code":"RATE_LIMIT_EXCEEDED"/s);
      refusal.then(
        () => refused++,
        () => undefined,
      );
    }
    await until(() => refused === 3); // The other twelve have 120 MiB.
    const big = { command: "test.echo", args: ["x".repeat(9 * MEBIBYTE)] };
    assert.equal((await bridge.execute(big)).status, 429);
    assert.equal((await bridge.execute({ command: "test.echo" })).status, 200);
    for (const connection of slow) connection.close();
    let status = 429;
    while (status === 429) ({ status } = await bridge.execute(big));
    assert.equal(status, 200);
    assert.equal(refused, 3);
  });

  it("includes WebSocket messages, and closes the connection above the limit with 1013", async () => {
    const message = JSON.stringify({ id: 1, method: "status", params: "x".repeat(9 * MEBIBYTE) });
    const clients: SocketClient[] = [];
    for (let count = 0; count < 15; count++) clients.push(await SocketClient.open(bridge));
    for (const { webSocket } of clients) webSocket.send(message, { fin: false });
    const { code } = await Promise.race(clients.map(({ closed }) => closed));
    assert.equal(code, 1013);
    for (const client of clients) client.close();
    await until(() => bridge.core.clients.size === 0);
    assert.equal((await bridge.execute({ command: "test.echo" })).status, 200);
  });
});
