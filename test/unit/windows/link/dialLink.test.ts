import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { refuse } from "../../../../src/server/listen/rawAnswers.ts";
import { startTestBridge } from "../../../support/testBridge.ts";
import {
  dial,
  joinOwner,
  keyOf,
  LinkOwner,
  listenAnywhere,
  nextMessage,
  windowNamed,
} from "../../../support/windows/linkRig.ts";

describe("A call of the bridge at a port", () => {
  let store: DisposableStore;

  beforeEach(() => {
    store = new DisposableStore();
  });

  afterEach(() => store.dispose());

  const startOwner = async (...options: Parameters<typeof LinkOwner.start>): Promise<LinkOwner> =>
    store.add(await LinkOwner.start(...options));

  const startStranger = async (respond: RequestListener): Promise<number> => {
    const server = createServer(respond);
    store.defer(() => {
      server.close();
      server.closeAllConnections();
    });
    return listenAnywhere(server);
  };

  const startRaw = async (onConnection: (socket: Socket) => void): Promise<number> => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      onConnection(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    store.defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  };

  it("joins the owner; both know the window at the other end, and exchange messages in order", async () => {
    const owner = await startOwner();
    const { member, atOwner } = await joinOwner(owner);
    assert.deepEqual(member.peer, windowNamed("owner"));
    assert.deepEqual(atOwner.peer, windowNamed("member"));
    assert.equal(member.version, 1);
    atOwner.send({ type: "received", windowEventId: 1 });
    member.send({ type: "window", window: windowNamed("member") });
    assert.deepEqual(await nextMessage(member), { type: "received", windowEventId: 1 });
    assert.deepEqual(await nextMessage(atOwner), { type: "window", window: windowNamed("member") });
  });

  it("finds that nothing listens", async () => {
    const owner = await startOwner();
    const { port } = owner;
    await owner.dispose();
    assert.deepEqual(await dial(port), { kind: "refused" });
  });

  it("finds a bridge that does not own the address", async () => {
    const owner = await startOwner({ mayAccept: () => false });
    assert.deepEqual(await dial(owner.port), { kind: "not-owner" });
  });

  it("takes a window with another key for a stranger, and does not tell it about this window", async () => {
    const owner = await startOwner({ key: keyOf(Buffer.alloc(32, "another")) });
    assert.deepEqual(await dial(owner.port), { kind: "stranger" });
    assert.deepEqual(owner.links, []);
  });

  it("says why its own key cannot be used, if something listens", async () => {
    const owner = await startOwner();
    const key = { get: () => Promise.reject(new Error("no key here")) };
    const { port } = owner;
    assert.deepEqual(await dial(port, { key }), { kind: "incompatible", detail: "no key here" });
    await owner.dispose();
    assert.deepEqual(await dial(port, { key }), { kind: "refused" });
  });

  it("finds a bridge of an earlier version, which has no link", async () => {
    const bridge = store.add(await startTestBridge());
    const dialed = await dial(bridge.port);
    assert.deepEqual(dialed, { kind: "incompatible", detail: "Its version is older, and has no link." });
  });

  it("finds a bridge that stops", async () => {
    const port = await startRaw((socket) => refuse(socket, new BridgeError("KIRO_UNAVAILABLE")));
    assert.deepEqual(await dial(port), { kind: "not-owner" });
  });

  it("finds other programs: an HTTP server, one with JSON, one of another protocol, one that hangs up", async () => {
    const html = await startStranger((_request, response) => response.writeHead(404).end("<h1>Not found</h1>"));
    const json = await startStranger((_request, response) => response.writeHead(401).end('{"code":"NO"}'));
    const long = await startStranger((_request, response) => response.end("x".repeat(100_000)));
    const ssh = await startRaw((socket) => void socket.write("SSH-2.0-OpenSSH_9.6\r\n"));
    const rude = await startRaw((socket) => void socket.destroy());
    for (const port of [html, json, long, ssh, rude]) assert.deepEqual(await dial(port), { kind: "stranger" });
  });

  it("gives up on a program that accepts connections and does not respond", async () => {
    const port = await startRaw(() => undefined);
    assert.deepEqual(await dial(port, { timeoutMs: 50 }), { kind: "silent" });
    const cancelled = new AbortController();
    const dialing = dial(port, { signal: cancelled.signal });
    cancelled.abort();
    assert.deepEqual(await dialing, { kind: "silent" });
  });

  it("calls again after a connection is reset, since a window that ends does so before it frees the port", async () => {
    const port = await startRaw((socket) => {
      socket.resetAndDestroy();
      void store.dispose();
    });
    assert.deepEqual(await dial(port), { kind: "refused" });
  });
});
