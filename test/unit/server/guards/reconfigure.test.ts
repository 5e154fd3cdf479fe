import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { AccessOptions } from "../../../../src/server/guards/guards.ts";
import { FakeTerminals } from "../../../support/programs/fakeTerminal.ts";
import { callPort } from "../../../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const PAGE = "https://app.example";
const authorization = `Bearer ${TEST_TOKEN}`;
const open: AccessOptions = { authMode: "none", allowedHosts: [], allowedOrigins: [PAGE] };
const closed: AccessOptions = { ...open, authMode: "token" };

interface Socket {
  readonly webSocket: WebSocket;
  readonly over: Promise<number>;
}

describe("A server that is reconfigured while it runs", () => {
  let bridge: TestBridge;

  beforeEach(async () => {
    bridge = await startTestBridge({ guards: open, terminals: new FakeTerminals() });
  });

  afterEach(() => bridge.dispose());

  const reconfigure = (access: AccessOptions, maxRequestsPerMinute = 1000) =>
    bridge.server.reconfigure({ ...access, maxRequestsPerMinute });

  async function connect(
    path: string,
    headers: Record<string, string> = {},
    protocols: string[] = [],
  ): Promise<Socket> {
    const webSocket = new WebSocket(`ws://127.0.0.1:${bridge.port}${path}`, protocols, { headers });
    const over = once(webSocket, "close").then(([code]) => Number(code));
    await once(webSocket, "open");
    return { webSocket, over };
  }

  async function ticket(): Promise<string> {
    const { json } = await callPort(bridge.port, "/api/kiro/tickets", { body: {} });
    return String(json["ticket"]);
  }

  it("requires the token immediately when authentication is turned on", async () => {
    const status = async () => (await callPort(bridge.port, "/api/kiro/status")).status;
    assert.equal(await status(), 200);
    reconfigure(closed);
    assert.equal(await status(), 401);
    assert.equal((await bridge.call("/api/kiro/status")).status, 200);
    reconfigure(open);
    assert.equal(await status(), 200);
  });

  it("closes connections that came without the token, and keeps those with it", async () => {
    const strangers = [await connect("/ws"), await connect("/terminal"), await connect(`/ws?ticket=${await ticket()}`)];
    const stream = bridge.connect();
    stream.write(`GET /api/kiro/events HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\n\r\n`);
    await stream.receives(/connection-ready/);
    const known = [
      await connect("/ws", { authorization }),
      await connect("/ws", {}, ["kiro-bridge", `bearer.${TEST_TOKEN}`]),
      await connect("/terminal", { authorization }),
    ];
    reconfigure(closed);
    assert.deepEqual(await Promise.all(strangers.map(({ over }) => over)), [4401, 4401, 4401]);
    await stream.ended;
    assert.deepEqual(
      known.map(({ webSocket }) => webSocket.readyState),
      known.map(() => WebSocket.OPEN),
    );
    for (const { webSocket } of known) webSocket.terminate();
  });

  it("keeps connections that were made with the token or a ticket, whatever changes in between", async () => {
    reconfigure(closed);
    const issued = await bridge.call("/api/kiro/tickets", { body: {} });
    const sockets = [
      await connect("/ws", { authorization }),
      await connect(`/ws?ticket=${String(issued.json["ticket"])}`),
    ];
    reconfigure(open);
    reconfigure(closed);
    await bridge.call("/api/kiro/status");
    for (const { webSocket } of sockets) assert.equal(webSocket.readyState, WebSocket.OPEN);
    for (const { webSocket } of sockets) webSocket.terminate();
  });

  it("rejects tickets that were issued while no token was required", async () => {
    const issued = await ticket();
    reconfigure(closed);
    const socket = new WebSocket(`ws://127.0.0.1:${bridge.port}/ws?ticket=${issued}`);
    const [error] = await once(socket, "error");
    assert.match(String(error), /401/);
  });

  it("closes connections of an origin or a host that is no longer allowed", async () => {
    const named: AccessOptions = { ...open, allowedHosts: ["bridge.example"] };
    reconfigure(named);
    const ofPage = await connect("/ws", { Origin: PAGE });
    const byName = await connect("/ws", { Host: "bridge.example" });
    const plain = await connect("/ws");
    reconfigure({ ...named, allowedOrigins: [] });
    assert.equal(await ofPage.over, 1008);
    assert.equal(byName.webSocket.readyState, WebSocket.OPEN);
    reconfigure({ ...open, allowedOrigins: [] });
    assert.equal(await byName.over, 1008);
    assert.equal(plain.webSocket.readyState, WebSocket.OPEN);
    assert.equal((await callPort(bridge.port, "/health", { headers: { Origin: PAGE } })).status, 403);
    plain.webSocket.terminate();
  });

  it("applies the new rate limit", async () => {
    await bridge.dispose();
    bridge = await startTestBridge({ limits: { maxRequestsPerMinute: 1000 } });
    const status = async () => (await bridge.call("/api/kiro/status")).status;
    for (let turn = 0; turn < 10; turn++) assert.equal(await status(), 200);
    reconfigure(closed, 10);
    assert.equal(await status(), 429);
    reconfigure(closed, 20);
    assert.equal(await status(), 200);
  });
});
