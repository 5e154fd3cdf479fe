import assert from "node:assert/strict";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import { ExecutionLog } from "../../../../src/core/executions/executionLog.ts";
import type { CommandTask } from "../../../../src/core/commands/target.ts";
import type { Outcome } from "../../../../src/core/ports.ts";
import type { EventPayload } from "../../../../src/protocol/events.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";

const MEBI = 1024 * 1024;
const large = "x".repeat(10_000);
const done: Outcome = { kind: "completed" };

describe("ExecutionLog", () => {
  const told: EventPayload[] = [];
  const writer = { append: (event: EventPayload) => void told.push(event) };
  const make = (limits: Partial<ConstructorParameters<typeof ExecutionLog>[2]> = {}) =>
    new ExecutionLog(writer, "window-1", { maxEnded: 1000, maxWeight: 1e9, maxActiveWeight: 1e9, ...limits });
  const run = (log: ExecutionLog, outcome: Outcome = done, task: Partial<CommandTask> = {}): Execution => {
    const execution = log.create({ kind: "command", command: "test", args: [], ...task }, "editor");
    execution.start();
    execution.finish(outcome);
    log.release(execution);
    return execution;
  };

  afterEach(() => void told.splice(0));

  it("keeps the latest 1000 ended executions", () => {
    const log = new ExecutionLog(writer, "window-1");
    const ids = Array.from({ length: 1002 }, () => run(log).id);
    assert.deepEqual([...log.all.keys()], ids.slice(2));
  });

  it("keeps 64 Mi characters of ended executions", () => {
    const log = new ExecutionLog(writer, "window-1");
    for (let count = 0; count < 30; count++) run(log, { ...done, output: "x".repeat(5 * MEBI) });
    assert.equal(log.all.size, 12);
  });

  const failed: Outcome = { kind: "failed", error: "", code: "COMMAND_EXECUTION_FAILED" };
  const holders: readonly [string, Outcome, Partial<CommandTask>][] = [
    ["its command", done, { command: large }],
    ["its arguments", done, { args: ["a", large] }],
    ["many small arguments", done, { args: Array.from({ length: 1000 }, () => "") }],
    ["its typed arguments", done, { params: [{ deep: [{ text: large }] }] }],
    ["many empty objects", done, { params: Array.from({ length: 1000 }, () => ({})) }],
    ["long names of fields", done, { params: [{ [large]: 1 }] }],
    ["its output", { ...done, output: large }, {}],
    ["its result", { ...done, output: "", result: [large] }, {}],
    ["the result of a failure", { ...failed, result: { $type: "Error", message: large } }, {}],
    ["its error", { ...failed, error: large }, {}],
    [
      "the facts of its failure",
      { ...failed, failure: new BridgeError("KIRO_UNAVAILABLE", "", { stderr: large }) },
      {},
    ],
  ];
  for (const [what, outcome, task] of holders) {
    it(`weighs ${what}`, () => {
      const log = make({ maxWeight: 25_000 });
      for (let count = 0; count < 10; count++) run(log, outcome, task);
      assert.ok(log.all.size >= 1 && log.all.size <= 3, `${log.all.size} are kept`);
    });
  }

  it("weighs a text once that is output and result", () => {
    const log = make({ maxWeight: 60_000 });
    for (let count = 0; count < 10; count++) run(log, { ...done, output: large, result: large });
    assert.equal(log.all.size, 5);
  });

  it("keeps the latest, however large it is", () => {
    const log = make({ maxWeight: 5000 });
    run(log);
    const { id } = run(log, { ...done, output: large });
    assert.deepEqual([...log.all.keys()], [id]);
    const next = run(log);
    assert.deepEqual([...log.all.keys()], [next.id]);
  });

  it("rejects those of a client that would use up more than its part of what active ones may hold", () => {
    const log = make({ maxActiveWeight: 100_000 });
    const by = (id: string, kind: "client" | "owner"): Execution =>
      log.create({ kind: "command", command: "test", args: [large] }, "cli", {
        origin: "program",
        principal: { id, name: id, kind },
      });
    const held = [by("ci", "client"), by("ci", "client")];
    assert.throws(
      () => by("ci", "client"),
      (error) => {
        assert.ok(error instanceof BridgeError && error.code === "RATE_LIMIT_EXCEEDED");
        assert.match(error.message, /of this client/);
        assert.equal(error.context?.["limit"], 25_000);
        return true;
      },
    );
    for (let count = 0; count < 3; count++) by("owner", "owner");
    by("other", "client");
    for (const execution of held) log.release(execution);
    by("ci", "client");
  });

  it("rejects new executions while the active ones hold too much, and accepts them again when one is released", () => {
    const log = make({ maxActiveWeight: 25_000 });
    const create = (): Execution => log.create({ kind: "command", command: "test", args: [large] }, "cli");
    const first = create();
    create();
    assert.throws(create, (error) => {
      assert.ok(error instanceof BridgeError);
      assert.equal(error.code, "RATE_LIMIT_EXCEEDED");
      const { limit, active } = Object(error.context);
      assert.equal(limit, 25_000);
      assert.ok(active > 20_000 && active < 25_000);
      return true;
    });
    assert.equal(log.active.size, 2);
    log.create({ kind: "command", command: "small", args: [] }, "editor");
    first.finish(done);
    assert.throws(create, { code: "RATE_LIMIT_EXCEEDED" }, "its work has not let go yet");
    log.release(first);
    create();
  });

  it("accepts one that is larger than the limit when no other is active", () => {
    const log = make({ maxActiveWeight: 100 });
    const alone = log.create({ kind: "command", command: "test", args: [large] }, "editor");
    assert.throws(() => log.create({ kind: "command", command: "test", args: [] }, "editor"), {
      code: "RATE_LIMIT_EXCEEDED",
    });
    alone.finish(done);
    log.release(alone);
    run(log);
  });

  it("starts from zero when it is cleared", () => {
    const log = make({ maxWeight: 25_000 });
    run(log, { ...done, output: large });
    run(log, { ...done, output: large });
    log.clear();
    assert.equal(log.all.size, 0);
    run(log, { ...done, output: large });
    run(log, { ...done, output: large });
    assert.equal(log.all.size, 2);
  });

  it("shares the arguments of an execution with its event", () => {
    const { task } = run(make(), done, { args: [large] });
    const started = told.find((event) => event.type === "command-started");
    assert.equal(started?.args, task.args);
  });
});
