import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { newNonce, proofOf } from "../../../../src/windows/link/handshake.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import {
  dial,
  joinOwner,
  KEY,
  keyOf,
  LinkOwner,
  listenAnywhere,
  timeless,
  windowNamed,
} from "../../../support/windows/linkRig.ts";
import { RawMember } from "./rawMember.ts";

describe("The handshake of a link", () => {
  let store: DisposableStore;
  let owner: LinkOwner;

  beforeEach(async () => {
    store = new DisposableStore();
    owner = store.add(await LinkOwner.start());
  });

  afterEach(() => store.dispose());

  /** An owner that the test plays. */
  const startFake = async (onMessage: (text: string, webSocket: WebSocket) => void): Promise<number> => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (webSocket) => {
      webSocket.on("error", () => undefined);
      webSocket.on("message", (data) => onMessage(Buffer.isBuffer(data) ? data.toString() : "", webSocket));
    });
    store.defer(() => {
      for (const webSocket of sockets.clients) webSocket.terminate();
      server.close();
    });
    return listenAnywhere(server);
  };

  /** A program at another port that passes everything on to the owner. */
  const startRelay = async (change: (text: string) => string): Promise<number> => {
    const sockets = new Set<Duplex>();
    const server = createTcpServer((socket) => {
      const onward = connect(owner.port, "127.0.0.1");
      for (const one of [socket, onward]) {
        sockets.add(one);
        one.on("error", () => one.destroy());
      }
      socket.on("data", (data) => void onward.write(Buffer.from(change(data.toString("latin1")), "latin1")));
      onward.pipe(socket);
      socket.on("close", () => onward.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    store.defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  };

  it("refuses anything but its messages, in their order", async () => {
    const wrong: ((member: RawMember) => Promise<unknown> | RawMember)[] = [
      (member) => member.send("no JSON"),
      (member) => member.send("null"),
      (member) => member.send({ type: "answer", proof: "", window: windowNamed("member") }),
      (member) => member.send({ ...member.hello(), nonce: "short" }),
      (member) => member.send({ ...member.hello(), windowId: "x".repeat(201) }),
      (member) => member.frame(1, 2),
      (member) => member.send(member.hello()).send(member.hello()),
      (member) => member.send(member.hello()).send({ type: "beat" }),
    ];
    for (const say of wrong) {
      const member = await RawMember.connect(owner.port);
      await say(member);
      assert.equal((await member.closed)[0], 4400);
    }
    assert.deepEqual(owner.links, []);
  });

  it("ends after 2 s with a program that speaks half of it", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    const silent = await RawMember.connect(owner.port);
    const half = await RawMember.connect(owner.port);
    half.send(half.hello());
    await half.receive();
    clock.pass(1_999);
    assert.deepEqual([silent.webSocket.readyState, half.webSocket.readyState], [1, 1]);
    clock.pass(11);
    assert.deepEqual([(await silent.closed)[0], (await half.closed)[0]], [1006, 1006]);
  });

  it("bounds what a program can send before it has proved itself", async () => {
    const member = await RawMember.connect(owner.port);
    member.send("x".repeat(1024 * 1024));
    assert.equal((await member.closed)[0], 1006);
  });

  it("refuses a wrong key, at either end", async () => {
    const member = await RawMember.connect(owner.port);
    await member.prove({ key: Buffer.alloc(32, "wrong") });
    assert.deepEqual(await member.closed, [4401, "The proof of the key is not correct."]);
    assert.deepEqual(await dial(owner.port, { key: keyOf(Buffer.alloc(32, "wrong")) }), { kind: "stranger" });
    assert.deepEqual(owner.links, []);
  });

  it("refuses a recorded handshake", async () => {
    const recorded = await RawMember.join(owner.port);
    assert.equal(owner.links.length, 1);
    const replayed = await RawMember.connect(owner.port);
    for (const text of recorded.sent) replayed.send(text);
    assert.equal((await replayed.closed)[0], 4401);
    assert.equal(owner.links.length, 1);
  });

  it("takes a program for a stranger that responds with a recorded challenge, or with the proof of the member", async () => {
    const known = { versions: { oldest: 1, newest: 1 }, windowId: "owner", nonce: newNonce() };
    const challenges: string[] = [];
    const replaying = await startFake((_text, webSocket) =>
      webSocket.send(JSON.stringify({ type: "challenge", ...known, proof: newNonce() })),
    );
    const mirroring = await startFake((text, webSocket) => {
      const { type: _, ...member } = JSON.parse(text);
      challenges.push(text);
      // Of the same secret, but the proof of the other role.
      const proof = proofOf(KEY, "member", { member, owner: known, address: `127.0.0.1:${mirroring}` });
      webSocket.send(JSON.stringify({ type: "challenge", ...known, proof }));
    });
    assert.deepEqual(await dial(replaying), { kind: "stranger" });
    assert.deepEqual(await dial(mirroring), { kind: "stranger" });
    assert.equal(challenges.length, 1);
    assert.ok(!challenges[0]?.includes("/member"), "the folders of a window are not for strangers");
  });

  it("fails through a relay at another port, as it is and with the Host that the owner expects", async () => {
    const plain = await startRelay((text) => text);
    const rewriting = await startRelay((text) => text.replace(/^Host: .*$/m, `Host: 127.0.0.1:${owner.port}\r`));
    assert.deepEqual(await dial(plain), { kind: "stranger" });
    assert.deepEqual(await dial(rewriting), { kind: "stranger" });
    assert.deepEqual(owner.links, []);
    assert.equal((await dial(owner.port)).kind, "joined");
  });

  it("refuses the ID of another window, of the owner, and one that changes", async () => {
    const { atOwner } = await joinOwner(owner);
    const again = await RawMember.connect(owner.port);
    await again.prove();
    assert.deepEqual(await again.closed, [4409, "There is another window with this ID."]);
    const owners = await RawMember.connect(owner.port);
    await owners.prove({ id: "owner" });
    assert.equal((await owners.closed)[0], 4409);
    const changing = await RawMember.connect(owner.port);
    await changing.prove({ id: "one", recordId: "two" });
    assert.equal((await changing.closed)[0], 4400);
    assert.deepEqual(owner.links, [atOwner]);
    assert.deepEqual(await dial(owner.port), { kind: "not-owner" });
  });

  it("lets a window in again when its link has ended", async () => {
    const { member, atOwner } = await joinOwner(owner);
    const { promise: ended, resolve } = Promise.withResolvers<unknown>();
    atOwner.onDidEnd(resolve);
    member.dispose();
    await ended;
    assert.equal((await dial(owner.port)).kind, "joined");
  });

  it("uses the newest common version, and says which there are if there is none", async () => {
    const newer = await RawMember.connect(owner.port);
    await newer.prove({ id: "newer", versions: { oldest: 1, newest: 7 } });
    assert.equal(JSON.parse(await newer.receive()).version, 1);
    const tooNew = await RawMember.connect(owner.port);
    await tooNew.prove({ versions: { oldest: 2, newest: 7 } });
    assert.deepEqual(await tooNew.closed, [4426, "This window has the versions 1 to 1 of the link."]);
    const newOwner = await startFake((text, webSocket) => {
      const { type, nonce, ...rest } = JSON.parse(text);
      const owner = { versions: { oldest: 2, newest: 3 }, windowId: "owner", nonce: newNonce() };
      const member = { ...rest, nonce };
      if (type === "answer") webSocket.close(4426, "Update the extension.");
      else {
        const proof = proofOf(KEY, "owner", { member, owner, address: `127.0.0.1:${newOwner}` });
        webSocket.send(JSON.stringify({ type: "challenge", ...owner, proof }));
      }
    });
    assert.deepEqual(await dial(newOwner), { kind: "incompatible", detail: "Update the extension." });
  });

  it("accepts 16 handshakes at a time, and 64 windows", async () => {
    const crowded = store.add(await LinkOwner.start({ clock: timeless }));
    const half = await Promise.all(Array.from({ length: 16 }, () => RawMember.connect(crowded.port)));
    assert.deepEqual(await dial(crowded.port), { kind: "silent" });
    for (const { webSocket } of half) webSocket.terminate();
    // Without a clock, neither end gives the other one up while the rest joins.
    await until(async () => (await dial(crowded.port, { clock: timeless })).kind === "joined");
    for (let count = 1; count < 64; count++) await RawMember.join(crowded.port, { id: `window ${count}` });
    const detail = "There are 64 windows already.";
    assert.deepEqual(await dial(crowded.port, { self: () => windowNamed("late") }), { kind: "incompatible", detail });
  });

  it("is refused by a window that cannot read its key", async () => {
    const keyless = store.add(await LinkOwner.start({ key: { get: () => Promise.reject(new Error("no file")) } }));
    const detail = "The window cannot read the key of the link.";
    assert.deepEqual(await dial(keyless.port), { kind: "incompatible", detail });
  });

  it("ends with the bridge, and so do its links", async () => {
    const { member } = await joinOwner(owner);
    const half = await RawMember.connect(owner.port);
    const ended = Promise.withResolvers<string>();
    member.onDidEnd(({ reason }) => ended.resolve(reason));
    await owner.endpoint.dispose();
    assert.equal(await ended.promise, "closed");
    assert.equal((await half.closed)[0], 1006);
  });
});
