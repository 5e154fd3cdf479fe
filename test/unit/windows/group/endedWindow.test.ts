import assert from "node:assert/strict";
import { finalStatusOf, isEnd } from "../../../../src/protocol/events.ts";
import type { ExecutionRecord } from "../../../../src/protocol/executions.ts";
import { ManualClock, settled } from "../../../support/windows/manualClock.ts";
import { FakeProcesses, GroupWindow, type Machine } from "./groupRig.ts";

const id = "exec-1-1-abc";
const key = { principalId: "owner", key: "a key" };

describe("A window that has ended", () => {
  let machine: Machine;
  let owner: GroupWindow;
  let member: GroupWindow;

  beforeEach(async () => {
    machine = { clock: new ManualClock(), processes: new FakeProcesses(), storage: undefined, history: new Map() };
    owner = new GroupWindow(machine, "owner");
    member = new GroupWindow(machine, "member");
    owner.own();
    member.join(owner);
    await settled();
    await owner.group.destinationOf({ windowId: "member" }, key);
    member.self.start(id);
    member.self.useKey(key.key, id);
    await settled();
  });
  afterEach(async () => {
    await owner.group.dispose();
    await member.group.dispose();
  });

  const record = (fields: Partial<ExecutionRecord>): ExecutionRecord => {
    const [running = assert.fail()] = member.self.running;
    return { ...running, ...fields };
  };
  const kill = async (): Promise<void> => {
    machine.processes.ended.add(member.pid);
    const { role } = member.address;
    if (role.kind === "member") role.link.end("closed", "killed");
    await machine.clock.pass(2000);
  };
  const endsInEvents = () => owner.log.read(0).events.filter(isEnd).map(finalStatusOf);
  const repeated = async () => {
    const destination = await owner.group.destinationOf({}, key);
    return destination.kind === "past" ? destination.execution : assert.fail(destination.kind);
  };

  it("has ended its work as the history says, when its last events have not arrived", async () => {
    machine.history.set(id, record({ status: "completed", output: "done", exitCode: 0 }));
    await kill();
    const [end = assert.fail()] = owner.log.read(0).events.filter(isEnd);
    assert.deepEqual(end.type === "command-completed" && [end.executionId, end.output, end.exitCode], [id, "done", 0]);
    const { status, output } = await repeated();
    assert.deepEqual([status, output.text], ["completed", "done"]);
  });

  it("has failed or cancelled its work as the history says", async () => {
    const failed = { status: "failed", error: "no", code: "OPERATION_TIMEOUT" } as const;
    machine.history.set(id, record(failed));
    member.self.start("exec-1-2-abc");
    machine.history.set("exec-1-2-abc", record({ id: "exec-1-2-abc", status: "cancelled" }));
    await settled();
    await kill();
    const [first, second] = owner.log.read(0).events.filter(isEnd);
    assert.deepEqual(first?.type === "command-error" && [first.error, first.errorCode, first.recoverable], [
      "no",
      "OPERATION_TIMEOUT",
      true,
    ]);
    assert.equal(second?.type, "command-cancelled");
    assert.equal((await repeated()).status, "failed");
  });

  it("has interrupted its work, if no end is known", async () => {
    machine.history.set(id, record({}));
    await kill();
    assert.deepEqual(endsInEvents(), ["interrupted"]);
    assert.equal((await repeated()).status, "interrupted");
  });

  it("does not contradict its events in the answer to a repeated key", async () => {
    member.self.finish(id);
    await settled();
    // Its history was not written before it ended.
    await kill();
    assert.deepEqual(endsInEvents(), ["completed"]);
    assert.equal((await repeated()).status, "completed");
  });

  it("stays interrupted when its history is found later", async () => {
    await kill();
    machine.history.set(id, record({ status: "completed" }));
    assert.deepEqual([endsInEvents(), (await repeated()).status], [["interrupted"], "interrupted"]);
  });

  it("is reported when the owner is certain again that it owns the address", async () => {
    owner.address.isServing = owner.address.isConfirmed = false;
    await kill();
    assert.deepEqual(endsInEvents(), []);
    owner.address.isServing = true;
    await machine.clock.pass(2000);
    assert.deepEqual([endsInEvents(), owner.group.others], [["interrupted"], []]);
  });
});
