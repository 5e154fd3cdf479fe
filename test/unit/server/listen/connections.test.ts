import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ClientKind } from "../../../../src/protocol/clients.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { FakeTerminals } from "../../../support/programs/fakeTerminal.ts";
import type { RawConnection } from "../../../support/httpClient.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const OTHER_TOKEN = "another-token-0123456789-abcdefghijklmnopqrst";

/** A connection as the client sees it. */
interface Connected {
  /** The close code of a WebSocket, "ended" for a stream. */
  readonly over: Promise<number | "ended">;
  leave(): void;
}

interface Way {
  readonly kind: ClientKind;
  /** Resolves when the server has answered. */
  readonly open: (bridge: TestBridge) => Promise<Connected>;
  /** How it is refused when there are too many: a close code, or the status of an answer. */
  readonly whenFull: RegExp | number;
  readonly ends: Record<"replaced" | "disconnected" | "stopped", number | "ended">;
}

const headers = { Authorization: `Bearer ${TEST_TOKEN}` };

async function openSocket({ port }: TestBridge, path: string): Promise<Connected> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  socket.on("error", () => undefined);
  const over = new Promise<number>((resolve) => {
    socket.once("close", (code) => resolve(code));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
  });
  await Promise.race([once(socket, "open"), over]);
  return { over, leave: () => socket.terminate() };
}

function request(bridge: TestBridge, line: string, body = ""): RawConnection {
  const type = body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const head = `Host: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nAccept: text/event-stream\r\n`;
  return bridge.connect().write(`${line} HTTP/1.1\r\n${head}${type}\r\n${body}`);
}

async function openStream(bridge: TestBridge, line: string, body?: string): Promise<Connected> {
  const connection = request(bridge, line, body);
  await connection.receives(/\n(event: |\{)/);
  return { over: connection.ended.then(() => "ended"), leave: () => connection.close() };
}

const prompt = JSON.stringify({ prompt: "Think long" });
const streamEnds = { replaced: "ended", disconnected: "ended", stopped: "ended" } as const;
const closeCodes = { replaced: 4401, disconnected: 1008, stopped: 1001 } as const;
const statusTooMany = /^HTTP\/1\.1 429 .*"code":"RATE_LIMIT_EXCEEDED"/s;

/** Every kind of connection that stays. */
const ways: Readonly<Record<string, Way>> = {
  "/ws": { kind: "websocket", open: (bridge) => openSocket(bridge, "/ws"), whenFull: 1013, ends: closeCodes },
  "/terminal": { kind: "terminal", open: (bridge) => openSocket(bridge, "/terminal"), whenFull: 429, ends: closeCodes },
  "the event stream": {
    kind: "sse",
    open: (bridge) => openStream(bridge, "GET /api/kiro/events"),
    whenFull: statusTooMany,
    ends: streamEnds,
  },
  "the stream of an execution": {
    kind: "sse",
    open: async (bridge) => openStream(bridge, `GET /api/kiro/executions/${await beginTurn(bridge)}/events`),
    whenFull: statusTooMany,
    ends: streamEnds,
  },
  "the stream of a chat": {
    kind: "sse",
    open: (bridge) => openStream(bridge, "POST /kiro/chat", prompt),
    whenFull: statusTooMany,
    ends: streamEnds,
  },
};

async function beginTurn(bridge: TestBridge): Promise<string> {
  const body = { command: "kiro.cli.chat", args: ["Think long"] };
  return String((await bridge.execute(body, { Prefer: "respond-async" })).json["executionId"]);
}

/** Resolves when so many are connected. */
async function whenConnected({ core: { clients } }: TestBridge, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (clients.size === count) resolve();
  };
  const looking = clients.onDidChange(look);
  look();
  await promise;
  await looking.dispose();
}

describe("A long-lived connection", () => {
  let bridge: TestBridge;
  let terminals: FakeTerminals;

  const start = async (maxConnections: number): Promise<void> => {
    terminals = new FakeTerminals();
    const agent = new FakeAgent();
    agent.turn = async (_task, { signal }) => {
      await once(signal, "abort");
      return { kind: "cancelled", how: "cooperative" };
    };
    bridge = await startTestBridge({ agent, terminals, maxConnections });
  };

  beforeEach(() => start(5));
  afterEach(() => bridge.dispose());

  for (const [name, { kind, open, whenFull, ends }] of Object.entries(ways)) {
    describe(`over ${name}`, () => {
      it("is listed while it is open", async () => {
        const connected = await open(bridge);
        const listed = bridge.core.clients.list().filter((client) => client.kind !== "http");
        assert.deepEqual(
          listed.map((client) => client.kind),
          [kind],
        );
        connected.leave();
        await whenConnected(bridge, 0);
      });

      it("ends when the token is replaced", async () => {
        const connected = await open(bridge);
        bridge.server.rotateToken(OTHER_TOKEN);
        assert.equal(await connected.over, ends.replaced);
        await whenConnected(bridge, 0);
      });

      it("ends when the user disconnects it", async () => {
        const connected = await open(bridge);
        const { id = "" } = bridge.core.clients.list().find((client) => client.kind === kind) ?? {};
        assert.equal(bridge.core.clients.disconnect(id), true);
        assert.equal(await connected.over, ends.disconnected);
        await whenConnected(bridge, 0);
      });

      it("ends when the bridge stops", async () => {
        const connected = await open(bridge);
        await bridge.dispose();
        assert.equal(await connected.over, ends.stopped);
        assert.equal(bridge.core.clients.size, 0);
      });

      it("is rejected when there are too many of all kinds together, and starts nothing", async () => {
        const id = await beginTurn(bridge);
        await openSocket(bridge, "/ws");
        await openSocket(bridge, "/terminal");
        await openStream(bridge, "GET /api/kiro/events");
        await openStream(bridge, `GET /api/kiro/executions/${id}/events`);
        await openStream(bridge, "POST /kiro/chat", prompt);
        assert.equal(bridge.core.clients.size, 5);
        const { all } = bridge.core.executions;
        const before = all.size;
        if (typeof whenFull === "number") assert.equal(await (await open(bridge)).over, whenFull);
        else await request(bridge, ...lineOf(name, id)).receives(whenFull);
        assert.equal(all.size, before);
        assert.equal(terminals.opened.length, 1);
        assert.equal(bridge.core.clients.size, 5);
      });
    });
  }

  /** The request of a way of which the opening itself would run something. */
  function lineOf(name: string, id: string): [line: string, body?: string] {
    if (name === "the stream of a chat") return ["POST /kiro/chat", prompt];
    return [name === "the event stream" ? "GET /api/kiro/events" : `GET /api/kiro/executions/${id}/events`];
  }

  it("does not cancel the turn when a chat's stream is closed", async () => {
    await openStream(bridge, "POST /kiro/chat", prompt);
    bridge.server.rotateToken(OTHER_TOKEN);
    await whenConnected(bridge, 0);
    assert.deepEqual(
      [...bridge.core.executions.active].map(({ status }) => status),
      ["running"],
    );
  });

  it("is ignored after its close frame was sent", async () => {
    const client = await SocketClient.open(bridge);
    client.webSocket.pause(); // So it does not say goodbye in turn.
    bridge.server.rotateToken(OTHER_TOKEN);
    client.webSocket.send(JSON.stringify({ id: 1, method: "execute", params: { request: { command: "test.echo" } } }));
    const typist = new WebSocket(`ws://127.0.0.1:${bridge.port}/terminal`, {
      headers: { Authorization: `Bearer ${OTHER_TOKEN}` },
    });
    await once(typist, "open");
    typist.pause();
    bridge.server.rotateToken(TEST_TOKEN);
    typist.send("Hello\n");
    client.webSocket.resume();
    typist.resume();
    assert.equal((await client.closed).code, 4401);
    assert.equal((await once(typist, "close"))[0], 4401);
    await bridge.call("/api/kiro/status");
    assert.equal(bridge.core.executions.all.size, 0);
    assert.deepEqual(terminals.opened[0]?.typed, []);
    assert.equal(terminals.opened[0]?.isDisposed, true);
  });
});

describe("A terminal whose CLI is still starting", () => {
  const start = async (): Promise<{ bridge: TestBridge; terminals: FakeTerminals; begin: () => void }> => {
    const terminals = new FakeTerminals();
    const { promise, resolve } = Promise.withResolvers<void>();
    terminals.started = promise;
    return { bridge: await startTestBridge({ terminals }), terminals, begin: resolve };
  };

  it("is ended as soon as it runs if its client has disconnected", async () => {
    const { bridge, terminals, begin } = await start();
    const handshake =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const client = bridge.connect();
    client.write(
      `GET /terminal HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n${handshake}\r\n`,
    );
    await whenConnected(bridge, 1);
    client.socket.resetAndDestroy();
    await whenConnected(bridge, 0);
    begin();
    await terminals.first.disposed;
    await bridge.dispose();
  });

  it("is rejected, and ended as soon as it runs, if the token is replaced", async () => {
    const { bridge, terminals, begin } = await start();
    const opening = openSocket(bridge, "/terminal");
    await whenConnected(bridge, 1);
    bridge.server.rotateToken(OTHER_TOKEN);
    assert.equal(await (await opening).over, 401);
    begin();
    await terminals.first.disposed;
    await bridge.dispose();
  });

  it("is ended as soon as it runs if the bridge stops", async () => {
    const { bridge, terminals, begin } = await start();
    const opening = openSocket(bridge, "/terminal");
    await whenConnected(bridge, 1);
    const stopping = bridge.dispose();
    await (await opening).over;
    begin();
    await terminals.first.disposed;
    await stopping;
  });
});
