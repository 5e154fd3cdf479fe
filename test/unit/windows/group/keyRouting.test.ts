import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExecutionRecord } from "../../../../src/protocol/executions.ts";
import type { LedgerStorage } from "../../../../src/windows/group/keyLedger.ts";
import { LedgerFolder } from "../../../../src/windows/group/ledgerFolder.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { until } from "../../../support/until.ts";
import { ManualClock, settled } from "../../../support/windows/manualClock.ts";
import { FakeProcesses, GroupWindow, type Machine } from "./groupRig.ts";

const key = { principalId: "owner", key: "k" };
const gone = { code: "KIRO_UNAVAILABLE", recoverable: true };

describe("A request with an idempotency key", () => {
  let folder: string;
  /** Called when a line was written. */
  let onAppend: () => void;
  let machine: Machine;
  let owner: GroupWindow;
  let member: GroupWindow;
  let third: GroupWindow;

  beforeEach(async () => {
    folder = await temporaryFolder();
    const files = new LedgerFolder(join(folder, "keys"));
    onAppend = () => undefined;
    const storage: LedgerStorage = {
      read: () => files.read(),
      replace: (term, text) => files.replace(term, text),
      append: async (term, text) => {
        await files.append(term, text);
        onAppend();
      },
    };
    machine = { clock: new ManualClock(), processes: new FakeProcesses(), storage, history: new Map() };
    [owner, member, third] = [
      new GroupWindow(machine, "owner", { focusedAt: 1 }),
      new GroupWindow(machine, "member"),
      new GroupWindow(machine, "third"),
    ];
    owner.own();
    member.join(owner);
    third.join(owner);
    await machine.clock.pass(200);
  });
  afterEach(async () => {
    for (const window of [owner, member, third]) await window.group.dispose();
    await removeFolder(folder);
  });

  /** Returns the ID of the window that a request goes to, or `past` and the status of its execution. */
  const destination = async (at: GroupWindow, windowId?: string): Promise<string> => {
    const found = await at.group.destinationOf({ windowId }, key);
    if (found.kind === "past") return `past ${found.execution.status} ${found.execution.id}`;
    return found.kind === "here" ? at.self.record.id : found.window.record.id;
  };
  const record = (id: string, status: ExecutionRecord["status"], output = ""): ExecutionRecord => {
    const time = new Date(0).toISOString();
    const times = { startedAt: time, queuedAt: time };
    return { id, command: "c", args: [], ...times, status, output, target: "editor", windowId: "member" };
  };
  /** The member uses the key, and ends. */
  const useAndEnd = async (): Promise<void> => {
    const { owner: link } = member.join(owner);
    await settled();
    assert.equal(await destination(owner, "member"), "member");
    member.self.useKey("k", "exec-1-1-abc");
    await settled();
    machine.processes.ended.add(member.pid);
    link.end("closed", "killed");
    await machine.clock.pass(1);
  };
  /** The owner ends, and another window takes over, once its ledger has everything. */
  const takeOver = async (next: GroupWindow, term = 2): Promise<void> => {
    await owner.group.destinationOf({}, { ...key, key: "flush" });
    machine.processes.ended.add(owner.pid);
    owner.address.isServing = false;
    owner.address.isConfirmed = false;
    next.own(term);
    await machine.clock.pass(1);
  };

  it("goes where the first one went, whatever place it names and whatever has the focus", async () => {
    assert.equal(await destination(owner, "member"), "member");
    assert.equal(await destination(owner, "third"), "member");
    assert.equal(await destination(owner, "unknown"), "member");
    third.self.change({ focusedAt: 9 });
    await machine.clock.pass(100);
    assert.equal(await destination(owner), "member");
  });

  it("goes to one window if several come at the same time", async () => {
    const found = await Promise.all(["member", "third", "owner"].map((id) => destination(owner, id)));
    assert.equal(new Set(found).size, 1);
  });

  it("is not recorded if its place is unknown", async () => {
    await assert.rejects(destination(owner, "unknown"), { code: "NOT_FOUND" });
    assert.equal(await destination(owner, "third"), "third");
  });

  it("goes to the same window under the next owner", async () => {
    assert.equal(await destination(owner, "third"), "third");
    await takeOver(member);
    const waiting = destination(member);
    await settled();
    third.join(member);
    assert.equal(await waiting, "third");
    assert.equal(await destination(member), "third");
  });

  it("waits until the next owner has read the ledger", async () => {
    assert.equal(await destination(owner, "member"), "member");
    machine.processes.ended.add(owner.pid);
    member.own(2);
    assert.equal(await destination(member, "third"), "member");
  });

  it("is rejected while its window does not respond, and goes there when it has joined again", async () => {
    const { owner: link } = third.join(owner);
    await settled();
    assert.equal(await destination(owner, "third"), "third");
    link.end("silent", "no heartbeat");
    await assert.rejects(destination(owner, "member"), gone);
    third.join(owner);
    await settled();
    assert.equal(await destination(owner, "member"), "third");
  });

  it("is rejected while its window lives, but is unknown to the next owner", async () => {
    assert.equal(await destination(owner, "third"), "third");
    await takeOver(new GroupWindow(machine, "fourth"));
    const fifth = new GroupWindow(machine, "fifth");
    fifth.own(3);
    await assert.rejects(destination(fifth), gone);
    machine.processes.ended.add(third.pid);
    assert.match(await destination(fifth), /^past interrupted exec-/);
    await fifth.group.dispose();
  });

  it("gets the interrupted execution of a window that has ended, with its output", async () => {
    machine.history.set("exec-1-1-abc", record("exec-1-1-abc", "running", "half"));
    await useAndEnd();
    const found = await owner.group.destinationOf({ windowId: "third" }, key);
    assert.ok(found.kind === "past");
    const { id, status, output, end, isSettled, failure } = found.execution;
    assert.equal(failure?.status, 503);
    assert.equal(failure.executionId, "exec-1-1-abc");
    assert.equal(failure.context?.["cause"], "window-gone");
    assert.deepEqual(
      { id, status, text: output.text, code: end.code, cause: end.cause, isSettled },
      {
        id: "exec-1-1-abc",
        status: "interrupted",
        text: "half",
        code: "KIRO_UNAVAILABLE",
        cause: "window-gone",
        isSettled: true,
      },
    );
  });

  it("gets the execution that its window has completed before it ended", async () => {
    machine.history.set("exec-1-1-abc", record("exec-1-1-abc", "completed", "done"));
    await useAndEnd();
    const found = await owner.group.destinationOf({}, key);
    assert.ok(found.kind === "past");
    assert.equal(found.execution.status, "completed");
    assert.equal(found.execution.output.text, "done");
    assert.equal(found.execution.failure, undefined);
  });

  it("gets the same interrupted execution each time if it is not known which one it was", async () => {
    const { owner: link } = member.join(owner);
    await settled();
    assert.equal(await destination(owner, "member"), "member");
    machine.processes.ended.add(member.pid);
    link.end("closed", "killed");
    await machine.clock.pass(1);
    const first = await destination(owner);
    assert.match(first, /^past interrupted exec-\d+-0-[\da-f]{6}$/);
    assert.equal(await destination(owner), first);
    await takeOver(third);
    assert.equal(await destination(third), first);
  });

  it("gets the execution of the owner before this one, or of a window that was reloaded", async () => {
    assert.equal(await destination(owner, "owner"), "owner");
    owner.self.useKey("k", "exec-5-1-own");
    await takeOver(member);
    assert.equal(await destination(member, "member"), "past interrupted exec-5-1-own");
  });

  it("gets the execution of a window that has stopped, although its process lives", async () => {
    assert.equal(await destination(owner, "member"), "member");
    member.self.useKey("k", "exec-1-1-abc");
    await member.group.leave();
    await until(() => owner.group.others.length === 1);
    assert.equal(await destination(owner), "past interrupted exec-1-1-abc");
    await takeOver(third);
    assert.equal(await destination(third), "past interrupted exec-1-1-abc");
  });

  it("gets the execution of an owner that has stopped, although its process lives", async () => {
    assert.equal(await destination(owner, "owner"), "owner");
    owner.self.useKey("k", "exec-5-1-own");
    await owner.group.leave();
    await settled();
    member.own(2);
    assert.equal(await destination(member), "past interrupted exec-5-1-own");
  });

  it("is known to the next owner even if the last one ended before it knew the execution", async () => {
    assert.equal(await destination(owner, "third"), "third");
    owner.address.take({ kind: "seeking" });
    third.address.take({ kind: "seeking" });
    third.self.useKey("k", "exec-7-1-xyz");
    machine.processes.ended.add(owner.pid);
    member.own(2);
    const { owner: link } = third.join(member);
    await settled();
    assert.equal(await destination(member), "third");
    machine.processes.ended.add(third.pid);
    link.end("closed", "killed");
    await machine.clock.pass(1);
    assert.equal(await destination(member), "past interrupted exec-7-1-xyz");
  });

  it("is rejected if its window ends while the key is written, and is not sent to another one", async () => {
    const { owner: link } = third.join(owner);
    await settled();
    onAppend = () => link.end("closed", "killed");
    machine.processes.ended.add(third.pid);
    await assert.rejects(destination(owner, "third"), gone);
    await machine.clock.pass(1);
    assert.match(await destination(owner, "member"), /^past interrupted/);
  });

  it("runs nowhere if the address is lost while the key is written", async () => {
    onAppend = () => {
      owner.address.isServing = false;
      owner.address.isConfirmed = false;
    };
    await assert.rejects(destination(owner, "owner"), gone);
  });

  it("runs nowhere if the address is lost and regained while the key is written", async () => {
    onAppend = () => {
      owner.address.take({ kind: "seeking" });
      owner.own(5);
    };
    await assert.rejects(destination(owner, "owner"), gone);
    onAppend = () => undefined;
    member.join(owner);
    await machine.clock.pass(1);
    // The line was written before.
    assert.equal(await destination(owner, "member"), "owner");
  });

  it("runs nowhere, and is not answered from the ledger, if the address was lost before", async () => {
    assert.equal(await destination(owner, "member"), "member");
    owner.address.isServing = false;
    owner.address.isConfirmed = false;
    await assert.rejects(destination(owner, "owner"), gone);
    await assert.rejects(async () => owner.group.destinationOf({}, { ...key, key: "new" }), gone);
  });

  it("is served if this window finds that it still has the address", async () => {
    owner.address.isServing = false;
    assert.equal(await destination(owner, "owner"), "owner");
  });
});
