import assert from "node:assert/strict";
import type { BridgeEvent } from "../../../../src/protocol/events.ts";
import type { Link } from "../../../../src/windows/link/link.ts";
import type { LinkMessage } from "../../../../src/windows/link/messages.ts";
import { MemberSide } from "../../../../src/windows/group/memberSide.ts";
import { type FakeLink, fakeLinks } from "../../../support/windows/fakeLinks.ts";
import { ManualClock, settled } from "../../../support/windows/manualClock.ts";
import { until } from "../../../support/until.ts";
import { eventsIn, FakeProcesses, FakeSelf, GroupWindow, type Machine } from "./groupRig.ts";

const MEBI = 1024 * 1024;
const record = (id: string) => ({ id, pid: 1, editor: "Test", workspaceFolders: [] });

describe("The events of a member", () => {
  let self: FakeSelf;
  let link: FakeLink;
  let side: MemberSide;

  beforeEach(() => {
    self = new FakeSelf(record("member"));
    // Nothing arrives: the test reads what was sent.
    link = fakeLinks({ member: self.record, owner: record("owner") }, () => undefined).member;
  });
  afterEach(() => side.dispose());

  const join = () => (side = new MemberSide({ link, self, clock: new ManualClock() }));
  const confirm = (windowEventId: number) => link.receive(JSON.stringify({ type: "received", windowEventId }));
  const sent = <T extends LinkMessage["type"]>(type: T) =>
    link.sent.filter((message): message is Extract<LinkMessage, { type: T }> => message.type === type);
  const sentIds = () => sent("events").flatMap(({ events }) => events.map(({ windowEventId }) => windowEventId));
  const output = (text: string) =>
    self.events.append({ type: "command-output", executionId: "exec-1-1-abc", output: text, stream: "stdout" });

  it("are sent after the last one that the owner has, and after the snapshot", async () => {
    self.start("exec-1-1-abc");
    output("a");
    join();
    output("b");
    await settled();
    assert.deepEqual(sentIds(), []);
    assert.equal(sent("snapshot")[0]?.after, 2);
    confirm(1);
    await settled();
    assert.deepEqual(sentIds(), [2, 3]);
    output("c");
    await settled();
    assert.deepEqual(sentIds(), [2, 3, 4]);
  });

  it("follow the snapshot although the owner has asked for them before, and some are lost", async () => {
    for (let count = 0; count < 10_010; count++) output("x");
    const { peer, version, onDidEnd } = link;
    const held: Link = {
      peer,
      version,
      onDidEnd,
      // As of a link that keeps messages until there is a listener.
      onDidReceive: (listener) => {
        listener({ type: "received", windowEventId: 0 });
        return link.onDidReceive(listener);
      },
      isBehind: false,
      send: (message) => link.send(message),
      onceDrained: (listener) => link.onceDrained(listener),
      end: (reason, detail) => link.end(reason, detail),
      dispose: () => link.dispose(),
    };
    side = new MemberSide({ link: held, self, clock: new ManualClock() });
    await settled();
    const types = link.sent.map(({ type }) => type).filter((type) => type !== "window" && type !== "status");
    assert.deepEqual(types.slice(0, 3), ["snapshot", "lost", "events"]);
  });

  it("go before the response that tells the same, also while the owner does not keep up", async () => {
    join();
    confirm(0);
    output("a");
    assert.equal(side.whenReported(), undefined);
    assert.deepEqual(sentIds(), [1]);
    for (let count = 0; count < 20; count++) output("x".repeat(MEBI / 8));
    let isReported = false;
    const reporting = side.whenReported()?.then(() => (isReported = true));
    await settled();
    assert.equal(isReported, false);
    while (sentIds().at(-1) !== self.events.own.lastId) {
      confirm(sentIds().at(-1) ?? 0);
      await settled();
    }
    await reporting;
    assert.equal(isReported, true);
  });

  it("hold no response after the end of the link", async () => {
    join();
    output("a");
    const reporting = side.whenReported() ?? assert.fail("the owner has not asked for events yet");
    await side.dispose();
    await reporting;
  });

  it("are sent in one message if they come together", async () => {
    join();
    confirm(0);
    for (let count = 0; count < 100; count++) output("x");
    await settled();
    assert.equal(sent("events").length, 1);
    assert.equal(sentIds().length, 100);
  });

  it("wait while 1 Mi characters are not confirmed, and are then sent from the log", async () => {
    join();
    confirm(0);
    for (let count = 0; count < 40; count++) output("x".repeat(100_000));
    await settled();
    const before = sentIds().length;
    assert.ok(before > 9 && before < 13, String(before));
    confirm(before);
    await settled();
    const after = sentIds().length;
    assert.ok(after > before + 9 && after < before + 13, String(after));
    for (let count = 0; count < 4; count++) {
      confirm(sentIds().length);
      await settled();
    }
    assert.deepEqual(
      sentIds(),
      Array.from({ length: 40 }, (_, at) => at + 1),
    );
  });

  it("wait while the link is behind", async () => {
    join();
    confirm(0);
    link.setBehind(true);
    output("a");
    output("b");
    await settled();
    assert.deepEqual(sentIds(), []);
    link.setBehind(false);
    await settled();
    assert.deepEqual(sentIds(), [1, 2]);
  });

  it("are reported as lost if the log no longer has them", async () => {
    for (let count = 0; count < 10_010; count++) output("x");
    join();
    confirm(3);
    await settled();
    assert.deepEqual(sent("lost"), [{ type: "lost", from: 4, to: 10 }]);
    assert.equal(sentIds()[0], 11);
  });

  it("are sent in parts if they are too long for a message, the next part when the link has caught up", async () => {
    join();
    confirm(0);
    const event = output("é".repeat(MEBI));
    output("after");
    await until(() => sent("part").at(-1)?.isLast === true);
    const joined = sent("part")
      .map(({ text }) => text)
      .join("");
    assert.deepEqual(JSON.parse(joined), event);
    assert.ok(sent("part").every(({ text }) => text.length <= MEBI / 4));
    assert.deepEqual(sentIds(), []);
    confirm(1);
    await until(() => sentIds().length === 1);
  });

  it("stop when the window leaves, and those that wait in a batch are sent first", () => {
    join();
    confirm(0);
    output("last");
    side.leave();
    assert.deepEqual(
      link.sent.slice(-2).map(({ type }) => type),
      ["events", "leaving"],
    );
  });

  it("come with a snapshot that fits into one message, however much is running", () => {
    for (let at = 0; at < 500; at++) self.start(`exec-1-${at}-abc`, "\0".repeat(100_000));
    for (const running of self.running) running.output = "\0".repeat(100_000);
    join();
    const [snapshot] = sent("snapshot");
    assert.equal(snapshot?.active.length, 500);
    assert.ok(Buffer.byteLength(JSON.stringify(snapshot)) < 8 * MEBI);
    assert.equal(snapshot?.active[0]?.contentTruncated, true);
  });
});

describe("Long events between a member and the owner", () => {
  it("arrive unchanged and in order", async () => {
    const machine: Machine = {
      clock: new ManualClock(),
      processes: new FakeProcesses(),
      storage: undefined,
      history: new Map(),
    };
    const owner = new GroupWindow(machine, "owner");
    const member = new GroupWindow(machine, "member");
    owner.own();
    const { owner: link } = member.join(owner);
    await settled();
    const long = `${"\0\n\ud800é".repeat(MEBI)}end`;
    member.log.append({ type: "command-output", executionId: "e", output: "before", stream: "stdout" });
    member.log.append({ type: "command-completed", executionId: "e", success: true, output: long, executionTimeMs: 1 });
    member.log.append({ type: "command-cancelled", executionId: "f", how: "dequeued" });
    await until(() => eventsIn(owner.log).length === 3);
    assert.equal(link.ended, undefined);
    const end = owner.log.read(0).events.find(({ type }): boolean => type === "command-completed") as BridgeEvent;
    assert.ok("output" in end && end.output === long);
    await owner.group.dispose();
    await member.group.dispose();
  });
});
