import assert from "node:assert/strict";
import type { OtherWindow } from "../../../../src/server/windows/windows.ts";
import { ManualClock, settled } from "../../../support/windows/manualClock.ts";
import { eventsIn, FakeProcesses, GroupWindow, type Machine } from "./groupRig.ts";

describe("WindowGroup", () => {
  let machine: Machine;
  let owner: GroupWindow;
  let member: GroupWindow;
  const { clock, processes } = { clock: () => machine.clock, processes: () => machine.processes };

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

  const only = (others: readonly OtherWindow[]): OtherWindow => {
    assert.equal(others.length, 1);
    return others[0] ?? assert.fail();
  };
  const states = (group: GroupWindow["group"]) => group.list().map(({ id, state }) => `${id} ${state}`);
  const leavesIn = ({ log }: GroupWindow) =>
    log
      .read(0)
      .events.flatMap((event) => (event.type === "window-left" ? [`${event.leftWindowId} ${event.reason}`] : []));

  it("shows the owner what a member has sent", async () => {
    member.self.start("exec-1-1-abc");
    member.self.setState("busy");
    member.self.setCommands("a.only");
    member.join(owner);
    await settled();
    const other = only(owner.group.others);
    assert.equal(other.record.id, "member");
    assert.equal(other.isResponding, true);
    assert.deepEqual(
      other.active().map(({ id }) => id),
      ["exec-1-1-abc"],
    );
    assert.equal(other.status()?.status, "busy");
    assert.deepEqual(
      other.commands().map(({ id }) => id),
      ["a.only"],
    );
  });

  it("reports changes of a member, at most every 50 ms", async () => {
    const { member: link } = member.join(owner);
    await settled();
    const sent = () => link.sent.filter(({ type }) => type === "status").length;
    const before = sent();
    for (const state of ["busy", "ready", "unavailable"] as const) member.self.setState(state);
    await clock().pass(49);
    assert.equal(sent(), before);
    await clock().pass(1);
    assert.equal(sent(), before + 1);
    assert.equal(only(owner.group.others).status()?.status, "unavailable");
    member.self.change({ workspaceFolders: ["/x"] });
    await settled();
    assert.deepEqual(only(owner.group.others).record.workspaceFolders, ["/x"]);
  });

  it("lists the same windows at the owner and at each member", async () => {
    member.join(owner);
    const third = new GroupWindow(machine, "third", { focusedAt: 9 });
    third.join(owner);
    third.self.setCommands("all", "third.only");
    member.self.setCommands("all");
    owner.self.setCommands("all", "owner.only");
    await clock().pass(200);
    const list = owner.group.list();
    assert.deepEqual(
      list.map(({ id, owner: isOwner, focused, ownCommands }) => ({ id, isOwner, focused, ownCommands })),
      [
        { id: "owner", isOwner: true, focused: false, ownCommands: ["owner.only"] },
        { id: "member", isOwner: false, focused: false, ownCommands: [] },
        { id: "third", isOwner: false, focused: true, ownCommands: ["third.only"] },
      ],
    );
    assert.deepEqual(member.group.list(), list);
    assert.equal(member.group.url, "http://127.0.0.1:3001");
    await third.group.dispose();
  });

  it("sends the new URL to the members when the address moves", async () => {
    member.join(owner);
    await clock().pass(200);
    owner.own(1, 3005);
    await clock().pass(200);
    assert.equal(owner.group.url, "http://127.0.0.1:3005");
    assert.equal(member.group.url, "http://127.0.0.1:3005");
    assert.equal(owner.group.others.length, 1);
  });

  it("tells the members which program has the configured port, and how many programs ask for access", async () => {
    member.join(owner);
    await clock().pass(200);
    assert.deepEqual([member.group.conflict, member.group.accessRequests], [undefined, 0]);
    const conflict = { port: 3001, owner: "Port 3001 is used by nginx.", canReclaim: true };
    owner.address.take({ kind: "owner", port: 3002, term: 1, conflict });
    owner.self.asking = 2;
    owner.self.setState("busy");
    await clock().pass(200);
    assert.deepEqual([member.group.conflict, member.group.accessRequests], [conflict, 2]);
    assert.deepEqual([owner.group.conflict, owner.group.accessRequests], [conflict, 0]);
  });

  it("keeps the link of a member when the address moves, and sends nothing again", async () => {
    const { member: link } = member.join(owner);
    await clock().pass(200);
    const before = link.sent.length;
    member.address.take({ kind: "member", port: 3005, link });
    await clock().pass(200);
    assert.deepEqual([link.ended, link.sent.length], [undefined, before]);
    assert.equal(only(owner.group.others).isResponding, true);
  });

  it("selects windows by ID, and the last focused one", async () => {
    member.join(owner);
    await settled();
    assert.deepEqual(await owner.group.destinationOf({}), { kind: "here" });
    assert.deepEqual(await owner.group.destinationOf({ windowId: "owner" }), { kind: "here" });
    const window = only(owner.group.others);
    assert.deepEqual(await owner.group.destinationOf({ windowId: "member" }), { kind: "window", window });
    member.self.change({ focusedAt: 2 });
    await clock().pass(100);
    assert.deepEqual(await owner.group.destinationOf({}), { kind: "window", window });
    assert.deepEqual(await member.group.destinationOf({ windowId: "owner" }), { kind: "here" });
    await assert.rejects(async () => owner.group.destinationOf({ windowId: "unknown" }), { code: "NOT_FOUND" });
  });

  it("adds the events of a member to those of the owner, each once and in order", async () => {
    member.self.start("exec-1-1-abc");
    member.join(owner);
    await settled();
    member.self.finish("exec-1-1-abc");
    owner.self.start("exec-2-1-xyz");
    await settled();
    assert.deepEqual(eventsIn(owner.log), [
      "member:1 command-started",
      "owner:2 command-started",
      "member:2 command-completed",
    ]);
    assert.deepEqual(only(owner.group.others).active(), []);
  });

  it("finds the window of an execution by its events, and by the run of the bridge in its ID", async () => {
    member.join(owner);
    await settled();
    member.self.start("exec-1-1-abc");
    await settled();
    const window = only(owner.group.others);
    assert.equal(owner.group.ofExecution("exec-1-1-abc"), window);
    assert.equal(owner.group.ofExecution("exec-99-7-abc"), window);
    assert.equal(owner.group.ofExecution("exec-1-1-zzz"), undefined);
  });

  it("sends the latest list to a member that was behind", async () => {
    const { owner: link } = member.join(owner);
    await clock().pass(200);
    link.setBehind(true);
    owner.self.setState("busy");
    await clock().pass(1000);
    assert.equal(member.group.list()[0]?.state, "ready");
    link.setBehind(false);
    await clock().pass(100);
    assert.equal(member.group.list()[0]?.state, "busy");
  });

  it("reports the latest 1,000 keys of a window to each owner that it joins", async () => {
    for (let at = 0; at <= 1000; at++) member.self.useKey(`k${at}`, `exec-${at}`);
    const { member: link } = member.join(owner);
    await settled();
    const ids = link.sent.flatMap((message) => (message.type === "key" ? [message.executionId] : []));
    assert.deepEqual([ids.length, ids[0], ids.at(-1)], [1000, "exec-1", "exec-1000"]);
  });

  it("interrupts the work of a window whose process has ended", async () => {
    member.self.start("exec-1-1-abc");
    const { member: link } = member.join(owner);
    await settled();
    processes().ended.add(member.pid);
    link.end("closed", "killed");
    await clock().pass(1);
    const end = owner.log.read(0).events.find((event) => event.type === "command-error");
    assert.equal(end?.type === "command-error" && end.status, "interrupted");
    assert.equal(end?.type === "command-error" && end.cause, "window-gone");
    assert.deepEqual(leavesIn(owner), ["member crashed"]);
    assert.deepEqual(owner.group.others, []);
    assert.equal(owner.group.ofExecution("exec-1-1-abc"), undefined);
  });

  it("keeps a window that does not respond while its process lives, and continues when it joins again", async () => {
    member.self.start("exec-1-1-abc");
    const { owner: link } = member.join(owner);
    await settled();
    link.end("silent", "no heartbeat");
    assert.deepEqual(states(owner.group), ["owner ready", "member not-responding"]);
    const gone = {
      code: "KIRO_UNAVAILABLE",
      context: { cause: "window-gone", reason: "window_disconnected", windowId: "member" },
    };
    await assert.rejects(async () => owner.group.destinationOf({ windowId: "member" }), gone);
    await assert.rejects(only(owner.group.others).call({ method: "GET", path: "/", caller: {} as never }), gone);
    await clock().pass(60_000);
    assert.deepEqual(leavesIn(owner), ["member not-responding"]);
    member.self.finish("exec-1-1-abc");
    member.self.start("exec-1-2-abc");
    const { owner: again } = member.join(owner);
    await settled();
    assert.deepEqual(again.sent[0], { type: "received", windowEventId: 1 });
    assert.deepEqual(eventsIn(owner.log), [
      "member:1 command-started",
      "member:2 command-completed",
      "member:3 command-started",
    ]);
    assert.deepEqual(
      only(owner.group.others)
        .active()
        .map(({ id }) => id),
      ["exec-1-2-abc"],
    );
    assert.deepEqual(states(owner.group), ["owner ready", "member ready"]);
  });

  it("does not report a window that joins again at once", async () => {
    const { owner: link } = member.join(owner);
    await settled();
    link.end("closed", "broken");
    await clock().pass(100);
    member.join(owner);
    await clock().pass(5000);
    assert.deepEqual(leavesIn(owner), []);
    assert.equal(owner.log.read(0).events.filter(({ type }) => type === "window-joined").length, 1);
  });

  it("interrupts the work of a window that did not respond when its process ends later", async () => {
    member.self.start("exec-1-1-abc");
    const { owner: link } = member.join(owner);
    await settled();
    link.end("silent", "no heartbeat");
    await clock().pass(60_000);
    processes().ended.add(member.pid);
    await clock().pass(1000);
    assert.deepEqual(leavesIn(owner), ["member not-responding", "member crashed"]);
    assert.equal(eventsIn(owner.log).filter((text) => text.endsWith("command-error")).length, 1);
  });

  it("ends the work of a window that stops, after its last events, although its process lives", async () => {
    member.self.start("exec-1-1-abc");
    member.self.start("exec-1-2-abc");
    member.join(owner);
    await settled();
    member.self.finish("exec-1-1-abc");
    await member.group.leave();
    await settled();
    assert.deepEqual(
      eventsIn(owner.log).map((text) => text.split(" ")[1]),
      ["command-started", "command-started", "command-completed", "command-error"],
    );
    assert.deepEqual(leavesIn(owner), ["member closed"]);
    assert.deepEqual(states(owner.group), ["owner ready"]);
  });

  it("reports nothing about other windows once it has lost the address", async () => {
    member.self.start("exec-1-1-abc");
    const { member: link } = member.join(owner);
    await settled();
    owner.address.isServing = false;
    owner.address.isConfirmed = false;
    processes().ended.add(member.pid);
    link.end("closed", "killed");
    await clock().pass(10_000);
    assert.deepEqual(leavesIn(owner), []);
    assert.deepEqual(eventsIn(owner.log), ["member:1 command-started"]);
  });

  it("passes the wish of a member to move the address to the owner", async () => {
    let reclaims = 0;
    owner.group.onDidRequestReclaim(() => reclaims++);
    member.join(owner);
    member.group.reclaim();
    await settled();
    assert.equal(reclaims, 1);
  });
});
