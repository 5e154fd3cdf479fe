import assert from "node:assert/strict";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { markAsLinkConnection } from "../../../../src/server/windows/linkConnections.ts";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { frameKinds } from "../../../../src/windows/link/frames.ts";
import type { LinkEnd, StreamLink } from "../../../../src/windows/link/link.ts";
import { Random } from "../../../simulation/time/random.ts";
import { until } from "../../../support/until.ts";
import { joinOwner, LinkOwner, nextMessage, timeless } from "../../../support/windows/linkRig.ts";
import { RawMember } from "./rawMember.ts";

const { open, data, credit, end, stop, reset } = frameKinds;

describe("A link whose other end sends what it must not", () => {
  let store: DisposableStore;
  let owner: LinkOwner;

  beforeEach(async () => {
    store = new DisposableStore();
    // Without heartbeats, so that only what is sent ends it.
    owner = store.add(await LinkOwner.start({ clock: timeless }));
  });

  afterEach(() => store.dispose());

  const endOf = (link: StreamLink): Promise<LinkEnd> => {
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    link.onDidEnd(resolve);
    return promise;
  };

  const join = async (): Promise<{ member: RawMember; link: StreamLink }> => {
    const accepted = owner.nextLink();
    const member = await RawMember.join(owner.port);
    return { member, link: await accepted };
  };

  /** Joins, does something, and waits for the end of the link. */
  const endAfter = async (misbehave: (member: RawMember, link: StreamLink) => unknown): Promise<LinkEnd> => {
    const { member, link } = await join();
    misbehave(member, link);
    const ended = await endOf(link);
    member.webSocket.terminate();
    return ended;
  };

  it("ends with messages that are not valid, and says what it was", async () => {
    const wrong: readonly (object | string)[] = [
      "no JSON",
      "[]",
      "null",
      "{}",
      { type: 1 },
      { type: "window", window: { id: 5 } },
      { type: "events", events: [{ type: "command-output" }] },
      { type: "received", windowEventId: "1" },
    ];
    for (const message of wrong) {
      const { reason, detail } = await endAfter((member) => member.send(message));
      assert.deepEqual([reason, detail], ["protocol", "The other window has sent a message that is not valid."]);
    }
  });

  it("ignores messages of types that it does not know", async () => {
    const { member, link } = await join();
    member.send({ type: "of version 2", more: true }).send({ type: "reclaim" });
    assert.deepEqual(await nextMessage(link), { type: "reclaim" });
  });

  it("tells the other end why it ends", async () => {
    const { member, link } = await join();
    member.send("no JSON");
    assert.equal((await endOf(link)).reason, "protocol");
    assert.deepEqual(await member.closed, [4400, "The other window has sent a message that is not valid."]);
  });

  it("ends with frames that are not valid", async () => {
    const wrong: readonly [string, (member: RawMember) => unknown][] = [
      ["a frame of a wrong size", (member) => member.webSocket.send(Buffer.alloc(4))],
      ["a frame of a wrong size", (member) => member.frame(open, 2).frame(data, 2, Buffer.alloc(65 * 1024))],
      ["a frame of an unknown kind", (member) => member.frame(open, 2).frame(9, 2)],
      ["a frame of an unknown stream", (member) => member.frame(data, 2, Buffer.alloc(1))],
      ["a frame of an unknown stream", (member) => member.frame(reset, 0)],
      ["a frame of an unknown stream", (member) => member.frame(end, 1)],
      ["a stream with a wrong ID", (member) => member.frame(open, 3)],
      ["a stream with a wrong ID", (member) => member.frame(open, 4).frame(open, 2)],
      ["a stream with a wrong ID", (member) => member.frame(open, 2).frame(open, 2)],
      ["a second end", (member) => member.frame(open, 2).frame(end, 2).frame(end, 2)],
      ["a stop before the end", (member) => member.frame(open, 2).frame(stop, 2)],
      ["a wrong credit", (member) => member.frame(open, 2).frame(credit, 2, Buffer.alloc(4))],
      ["a wrong credit", (member) => member.frame(open, 2).frame(credit, 2, Buffer.from([0, 0, 0, 1]))],
      ["a wrong credit", (member) => member.frame(open, 2).frame(credit, 2, Buffer.alloc(3))],
      ["more data than allowed", (member) => member.frame(open, 2).frame(data, 2)],
      ["more data than allowed", (member) => member.frame(open, 2).frame(end, 2).frame(data, 2, Buffer.alloc(1))],
    ];
    for (const [what, misbehave] of wrong) {
      const { reason, detail } = await endAfter(misbehave);
      assert.deepEqual([reason, detail], ["protocol", `The other window has sent ${what}.`]);
    }
  });

  it("goes on or ends with any frames, and never fails in another way", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new Random(seed);
    let ends = 0;
    for (let round = 0; round < 50; round++) {
      const { member, link } = await join();
      link.onDidOpenStream((stream) => {
        const fate = random.next();
        if (fate < 0.5) stream.pipe(stream);
        else if (fate < 0.7) stream.destroy();
      });
      const ended = endOf(link);
      let id = 0;
      for (let count = 0; count < 100; count++) {
        if (random.chance(0.3)) member.frame(open, (id += 2));
        const kind = random.chance(0.02) ? random.int(0, 255) : random.int(data, reset);
        const which = random.chance(0.01) ? random.int(0, 1000) : 2 * random.int(1, Math.max(1, id / 2));
        member.frame(kind, which, Buffer.alloc(kind === data ? random.int(1, 70_000) : 0));
      }
      member.webSocket.close();
      const { reason } = await ended;
      assert.ok(reason === "protocol" || reason === "closed", `seed ${seed}: ${reason}`);
      if (reason === "protocol") ends++;
    }
    assert.ok(ends > 0, `seed ${seed}`);
  });

  it("ends with more data than a stream has credit for, also for one that was closed", async () => {
    const flood = (member: RawMember): void => {
      member.frame(open, 2);
      for (let count = 0; count < 5; count++) member.frame(data, 2, Buffer.alloc(64 * 1024));
    };
    for (const isClosed of [false, true]) {
      const { detail } = await endAfter((member, link) => {
        if (isClosed) link.onDidOpenStream((stream) => void stream.destroy());
        flood(member);
      });
      assert.equal(detail, "The other window has sent more data than allowed.");
    }
  });

  it("ends with too many streams", async () => {
    const { detail } = await endAfter((member) => {
      for (let id = 2; id < 6_000; id += 2) member.frame(open, id);
    });
    assert.equal(detail, "The other window has sent too many streams.");
  });

  it("ends with streams that are opened and closed without end", async () => {
    const { detail } = await endAfter((member, link) => {
      link.onDidOpenStream(() => undefined);
      for (let id = 2; id < 120_000; id += 2) member.frame(open, id).frame(reset, id);
    });
    assert.equal(detail, "The other window has sent too many frames.");
  });

  it("ends with a flood of messages, and with too many that nobody takes", async () => {
    const message = Buffer.from(JSON.stringify({ type: "received", windowEventId: 1 }));
    const flood = (member: RawMember, count: number): void => {
      for (let sent = 0; sent < count; sent++) member.webSocket.send(message, { binary: false });
    };
    const taken = await endAfter((member, link) => {
      link.onDidReceive(() => undefined);
      flood(member, 110_000);
    });
    assert.deepEqual(taken, { reason: "protocol", detail: "The other window sends too many messages." });
    const held = await endAfter((member) => flood(member, 1_001));
    assert.deepEqual(held, { reason: "protocol", detail: "Too many messages are waiting." });
  });

  it("ends with a message of 100 MB before it has arrived", async () => {
    const { member, link } = await join();
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x06, 0x40, 0, 0, 0, 0, 0, 0]);
    member.socket.write(head);
    const { reason, detail } = await endOf(link);
    assert.deepEqual([reason, detail], ["protocol", "Max payload size exceeded"]);
    assert.equal((await member.closed)[0], 1009);
  });

  it("ends with bytes that are no frames of a WebSocket", async () => {
    for (const garbage of [
      Buffer.alloc(100, 0xff),
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.from([0x82, 5, 1, 2]),
    ])
      assert.equal((await endAfter((member) => member.socket.write(garbage))).reason, "protocol");
  });

  it("is behind while the other end does not read, and ends if that goes on", async () => {
    const { member, link } = await join();
    member.socket.pause();
    const text = "x".repeat(1024 * 1024);
    let wasBehind = false;
    let drained = 0;
    const ended = endOf(link);
    for (let sent = 0; sent < 100; sent++) {
      link.send({ type: "part", text, isLast: false });
      if (link.isBehind && !wasBehind) link.onceDrained(() => drained++);
      wasBehind ||= link.isBehind;
    }
    assert.deepEqual(await ended, { reason: "protocol", detail: "The other window does not read." });
    assert.ok(wasBehind);
    assert.equal(drained, 0);
  });

  it("goes on when the other end has read", async () => {
    const { member, atOwner } = await joinOwner(owner);
    let parts = 0;
    member.onDidReceive(() => parts++);
    for (let round = 1; round <= 3; round++) {
      let sent = 0;
      while (!atOwner.isBehind) {
        atOwner.send({ type: "part", text: "x".repeat(1024 * 1024), isLast: false });
        sent++;
      }
      await new Promise<void>((resolve) => atOwner.onceDrained(resolve));
      await until(() => parts >= sent);
      parts = 0;
    }
    await new Promise<void>((resolve) => atOwner.onceDrained(resolve));
  });

  it("ends rather than send a message that the other end must refuse", async () => {
    const { atOwner } = await joinOwner(owner);
    const ended = endOf(atOwner);
    atOwner.send({ type: "part", text: "x".repeat(9 * 1024 * 1024), isLast: true });
    assert.match((await ended).detail, /^A message of the type part has \d+ characters\.$/);
  });

  it("ends with its streams when the connection is lost", async () => {
    const { member, atOwner } = await joinOwner(owner);
    const streams: Duplex[] = Array.from({ length: 50 }, () => atOwner.openStream());
    const failed = Promise.all(streams.map((stream) => once(stream, "error")));
    const ended = Promise.all([endOf(member), endOf(atOwner)]);
    for (const socket of owner.sockets) socket.destroy();
    for (const [error] of await failed) assert.equal(error.code, "ECONNRESET");
    for (const { reason } of await ended) assert.equal(reason, "closed");
    // Does nothing.
    atOwner.send({ type: "beat" });
    atOwner.end("silent", "too late");
    assert.equal((await endOf(atOwner)).reason, "closed");
  });

  it("cannot be opened through another link", async () => {
    const stream: Duplex = (await joinOwner(owner)).atOwner.openStream();
    markAsLinkConnection(stream);
    const upgrade = Reflect.get(owner.endpoint, "upgrade");
    assert.throws(
      () => Reflect.apply(upgrade, undefined, [{}, stream, Buffer.alloc(0)]),
      (error: unknown) => error instanceof BridgeError && error.code === "NOT_FOUND",
    );
  });
});
