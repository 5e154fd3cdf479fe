import assert from "node:assert/strict";
import { ManualClock, settled } from "../../../support/windows/manualClock.ts";
import { eventsIn, FakeProcesses, GroupWindow, type Machine } from "./groupRig.ts";

describe("A group whose owner changes", () => {
  let machine: Machine;
  let owner: GroupWindow;
  let member: GroupWindow;

  beforeEach(() => {
    machine = { clock: new ManualClock(), processes: new FakeProcesses(), storage: undefined, history: new Map() };
    owner = new GroupWindow(machine, "owner", { focusedAt: 1 });
    member = new GroupWindow(machine, "member");
    owner.own();
  });
  afterEach(async () => {
    await owner.group.dispose();
    await member.group.dispose();
  });

  const states = (group: GroupWindow["group"]) => group.list().map(({ id, state }) => `${id} ${state}`);

  it("loses its links with the address, and lets the work of the members go on", async () => {
    member.self.start("exec-1-1-abc");
    const { member: link } = member.join(owner);
    await settled();
    owner.address.take({ kind: "seeking" });
    await settled();
    assert.equal(link.ended?.reason, "closed");
    assert.deepEqual(owner.group.others, []);
    assert.deepEqual(eventsIn(owner.log), ["member:1 command-started"]);
  });

  it("begins another epoch when a member becomes the owner, and has the events of all that join", async () => {
    const third = new GroupWindow(machine, "third");
    member.self.start("exec-1-1-abc");
    member.join(owner);
    third.self.start("exec-2-1-xyz");
    third.join(owner);
    await machine.clock.pass(200);
    const { epoch } = member.log;
    machine.processes.ended.add(owner.pid);
    member.own(2);
    assert.notEqual(member.log.epoch, epoch);
    third.join(member);
    await machine.clock.pass(1);
    assert.deepEqual(eventsIn(member.log), ["member:1 command-started", "third:1 command-started"]);
    assert.deepEqual(
      member.group.others[0]?.active().map(({ id }) => id),
      ["exec-2-1-xyz"],
    );
    await third.group.dispose();
  });

  it("expects the windows of the owner before it, and sends their requests to no other until they have joined", async () => {
    const third = new GroupWindow(machine, "third", { focusedAt: 5 });
    member.join(owner);
    third.join(owner);
    await machine.clock.pass(200);
    machine.processes.ended.add(owner.pid);
    member.own(2);
    const waiting = member.group.destinationOf({});
    await machine.clock.pass(1);
    assert.deepEqual(states(member.group), ["member ready", "third not-responding"]);
    third.join(member);
    await settled();
    assert.equal((await waiting).kind, "window");
    assert.deepEqual(states(member.group), ["member ready", "third ready"]);
    assert.equal((await member.group.destinationOf({})).kind, "window");
    await third.group.dispose();
  });

  it("rejects requests for a window that does not join in time", async () => {
    const third = new GroupWindow(machine, "third", { focusedAt: 5 });
    member.join(owner);
    third.join(owner);
    await machine.clock.pass(200);
    machine.processes.ended.add(owner.pid);
    member.own(2);
    const rejected = assert.rejects(async () => member.group.destinationOf({}), { code: "KIRO_UNAVAILABLE" });
    await machine.clock.pass(1500);
    await rejected;
    await assert.rejects(async () => member.group.destinationOf({}), { code: "KIRO_UNAVAILABLE" });
    await third.group.dispose();
  });

  it("does not expect an owner that has stopped", async () => {
    member.join(owner);
    await machine.clock.pass(200);
    await owner.group.leave();
    await settled();
    member.own(2);
    assert.deepEqual(states(member.group), ["member ready"]);
  });

  it("does not expect an owner that has stopped, although its state has changed since", async () => {
    member.join(owner);
    await machine.clock.pass(200);
    await owner.group.leave();
    owner.self.change({ focusedAt: 2 });
    await machine.clock.pass(200);
    member.own(2);
    assert.deepEqual(states(member.group), ["member ready"]);
  });

  it("does not expect a window that has stopped right before its owner", async () => {
    const third = new GroupWindow(machine, "third");
    member.join(owner);
    third.join(owner);
    await machine.clock.pass(200);
    await third.group.leave();
    await settled();
    await owner.group.leave();
    await settled();
    member.own(2);
    assert.deepEqual(states(member.group), ["member ready"]);
    await third.group.dispose();
  });

  it("does not expect an owner that has stopped before it has sent its windows", async () => {
    const third = new GroupWindow(machine, "third");
    member.join(owner);
    await machine.clock.pass(200);
    await owner.group.leave();
    await settled();
    third.own(2);
    const { owner: link } = member.join(third);
    link.send({ type: "leaving" });
    await settled();
    member.own(3);
    assert.deepEqual(states(member.group), ["member ready"]);
    await third.group.dispose();
  });

  it("does not wait for a window that stops, although its link ends first", async () => {
    const confirming = Promise.withResolvers<boolean>();
    const { member: link } = member.join(owner);
    await settled();
    owner.address.isServing = false;
    owner.address.confirm = () => confirming.promise;
    await member.group.leave();
    await settled();
    link.end("closed", "stopped");
    await settled();
    assert.deepEqual(states(owner.group), ["owner ready", "member not-responding"]);
    confirming.resolve(true);
    await machine.clock.pass(1);
    assert.deepEqual(states(owner.group), ["owner ready"]);
  });

  it("learns that a window stops if it joins in the middle of its stop", async () => {
    await member.group.leave();
    const { owner: link } = member.join(owner);
    await settled();
    assert.deepEqual(states(owner.group), ["owner ready"]);
    assert.equal(link.ended, undefined);
  });

  it("has no member of before if it is the owner for another term", async () => {
    const { member: link } = member.join(owner);
    await settled();
    owner.own(3);
    await settled();
    assert.equal(link.ended?.reason, "closed");
    assert.deepEqual(states(owner.group), ["owner ready"]);
    member.join(owner);
    await settled();
    assert.deepEqual(states(owner.group), ["owner ready", "member ready"]);
  });
});
