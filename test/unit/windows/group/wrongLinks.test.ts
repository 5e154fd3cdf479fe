import assert from "node:assert/strict";
import { fakeLinks } from "../../../support/windows/fakeLinks.ts";
import { ManualClock, settled } from "../../../support/windows/manualClock.ts";
import { FakeProcesses, GroupWindow, type Machine } from "./groupRig.ts";

describe("A group of windows", () => {
  let machine: Machine;
  let owner: GroupWindow;
  let member: GroupWindow;

  beforeEach(() => {
    machine = { clock: new ManualClock(), processes: new FakeProcesses(), storage: undefined, history: new Map() };
    owner = new GroupWindow(machine, "owner");
    member = new GroupWindow(machine, "member");
    owner.own();
  });
  afterEach(async () => {
    await owner.group.dispose();
    await member.group.dispose();
  });

  const states = (group: GroupWindow["group"]) => group.list().map(({ id, state }) => `${id} ${state}`);

  describe("refuses a link", () => {
    it("while it does not own the address", () => {
      const { owner: link } = owner.join(member);
      assert.equal(link.ended?.detail, "this window does not own the address");
    });

    it("with the ID of the owner", () => {
      const copy = new GroupWindow(machine, "owner");
      assert.equal(copy.join(owner).owner.ended?.reason, "protocol");
    });

    it("with the ID of another window that responds", async () => {
      const { owner: link } = member.join(owner);
      const copy = new GroupWindow(machine, "member");
      assert.equal(copy.join(owner).owner.ended?.reason, "protocol");
      await settled();
      assert.equal(link.ended, undefined);
      assert.equal(owner.group.others[0]?.record.pid, member.pid);
    });

    it("with the ID of a window that does not respond now, from another process", async () => {
      const { owner: link } = member.join(owner);
      await settled();
      link.end("silent", "no heartbeat");
      const copy = new GroupWindow(machine, "member");
      assert.equal(copy.join(owner).owner.ended?.reason, "protocol");
      member.join(owner);
      await settled();
      assert.deepEqual(states(owner.group), ["owner ready", "member ready"]);
    });

    it("that is not the last of its window", async () => {
      const { owner: first } = member.join(owner);
      const { owner: second } = member.join(owner);
      await settled();
      assert.equal(first.ended?.reason, "closed");
      assert.equal(second.ended, undefined);
      assert.equal(owner.group.others[0]?.isResponding, true);
      assert.equal(owner.group.others.length, 1);
    });

    it("in the middle of a stop", async () => {
      await owner.group.leave();
      assert.equal(member.join(owner).owner.ended?.detail, "the owner of the address stops");
      assert.deepEqual(owner.group.others, []);
    });

    it("of more than 128 windows that respond, but forgets one that does not", async () => {
      const windows = Array.from({ length: 128 }, (_, at) => new GroupWindow(machine, `w${at}`));
      const links = windows.map((window) => window.join(owner));
      assert.equal(member.join(owner).owner.ended?.detail, "too many windows");
      links[3]?.owner.end("silent", "no heartbeat");
      assert.equal(member.join(owner).owner.ended, undefined);
      assert.equal(owner.group.others.length, 128);
      assert.equal(
        owner.group.others.some(({ record }) => record.id === "w3"),
        false,
      );
      for (const window of windows) await window.group.dispose();
    });
  });

  describe("ends the link of a member", () => {
    const event = (windowEventId: number, windowId = "member") => ({
      type: "command-cancelled",
      executionId: "exec-1-1-abc",
      how: "dequeued",
      eventId: windowEventId,
      windowEventId,
      timestamp: "",
      windowId,
    });
    const snapshot = { type: "snapshot", after: 0, active: [] };
    const cases: readonly (readonly [name: string, messages: readonly object[]])[] = [
      ["that sends events before its snapshot", [{ type: "events", events: [event(1)] }]],
      ["that omits an event", [snapshot, { type: "events", events: [event(1), event(3)] }]],
      [
        "that repeats an event",
        [snapshot, { type: "events", events: [event(1)] }, { type: "events", events: [event(1)] }],
      ],
      ["that sends an event of another window", [snapshot, { type: "events", events: [event(1, "owner")] }]],
      [
        "that has lost events before those that it sent",
        [snapshot, { type: "events", events: [event(1)] }, { type: "lost", from: 1, to: 1 }],
      ],
      ["that has lost a range backwards", [snapshot, { type: "lost", from: 1, to: 0 }]],
      ["that sends parts of no event", [snapshot, { type: "part", text: "{}", isLast: true }]],
      [
        "that does not end an event",
        [snapshot, { type: "part", text: "{", isLast: false }, { type: "lost", from: 1, to: 1 }],
      ],
      ["that claims another ID", [{ type: "window", window: { id: "x", pid: 1, editor: "", workspaceFolders: [] } }]],
    ];
    for (const [name, messages] of cases) {
      it(name, () => {
        const pair = fakeLinks({ member: member.self.record, owner: owner.self.record });
        owner.group.accept(pair.owner);
        for (const message of messages) pair.owner.receive(JSON.stringify(message));
        assert.equal(pair.owner.ended?.reason, "protocol");
        assert.deepEqual(states(owner.group), ["owner ready", "member not-responding"]);
      });
    }
  });
});
