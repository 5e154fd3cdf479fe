import assert from "node:assert/strict";
import type { Core } from "../../../support/core.ts";
import { FakeEditor } from "../../../support/fakePorts.ts";
import { HistoryWindows } from "../../../support/historyWindows.ts";

describe("A run that starts and completes before its lines are written", () => {
  let windows: HistoryWindows;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });
  afterEach(() => windows.dispose());

  /** Three of six run at once; the others wait in line. @returns their ids */
  async function runSix(core: Core): Promise<string[]> {
    const asked = Array.from({ length: 6 }, (_, n) => core.dispatcher.submit({ command: "echo", args: [`run ${n}`] }));
    const executions = await Promise.all(asked);
    await Promise.all(executions.map(({ settled }) => settled));
    return executions.map(({ id }) => id);
  }

  it("has one line, and returns its steps as they were in memory", async () => {
    const core = await windows.open();
    const ids = await runSix(core);
    const inMemory = await Promise.all(ids.map((id) => core.history.exportRun(id)));
    await windows.close(core);
    const lines = (await windows.text()).split("\n").filter((line) => line.includes('"id":"exec-'));
    assert.equal(lines.length, ids.length);
    const later = await windows.open();
    for (const [index, { execution, events }] of inMemory.entries()) {
      const read = await later.history.exportRun(ids[index] ?? "");
      assert.deepEqual(read.execution, execution);
      assert.deepEqual(read.events, events);
    }
    assert.deepEqual(
      inMemory.map(({ events }) => events.map(({ type }) => type).join(" ")),
      [
        ...Array.from({ length: 3 }, () => "command-started command-completed"),
        ...Array.from({ length: 3 }, () => "command-queued command-started command-completed"),
      ],
    );
  });

  it("has its steps also without content", async () => {
    const core = await windows.open({ journal: { storesOutput: false } });
    const [first = ""] = await runSix(core);
    await windows.close(core);
    const { events } = await (await windows.open()).history.exportRun(first);
    assert.deepEqual(
      events.map(({ type, command, args, output }) => [type, command, args, output]),
      [
        ["command-started", "echo", [], undefined],
        ["command-completed", undefined, undefined, ""],
      ],
    );
    assert.ok(!(await windows.text()).includes("run 0"));
  });

  it("has lines for its steps when it failed, or when it was written while it ran", async () => {
    const hold = Promise.withResolvers<void>();
    const editor = new FakeEditor({
      "test.fails": () => Promise.reject(new Error("as asked")),
      "test.waits": () => hold.promise,
    });
    const core = await windows.open({ editor });
    const failed = await core.dispatcher.submit({ command: "test.fails" });
    await failed.settled;
    const slow = await core.dispatcher.submit({ command: "test.waits" });
    await core.journal?.flush();
    hold.resolve();
    await slow.settled;
    const inMemory = await Promise.all([failed, slow].map(({ id }) => core.history.exportRun(id)));
    await windows.close(core);
    const later = await windows.open();
    for (const { execution, events } of inMemory)
      assert.deepEqual((await later.history.exportRun(execution.id)).events, events);
  });

  it("is written by its own window only, also when another one has its events", async () => {
    const core = await windows.open();
    const { events } = core;
    const of = { executionId: "exec-1-1-others", command: "x", args: [] };
    const head = { eventId: 1, timestamp: new Date().toISOString(), windowId: "another" };
    events.import({ ...head, type: "command-started", ...of, windowEventId: 1 });
    events.import({ ...head, type: "tool-call", ...of, toolCallId: "t", title: "T", windowEventId: 2 });
    events.append({ type: "command-error", executionId: of.executionId, error: "It has ended.", recoverable: true });
    const [own = ""] = await runSix(core);
    await windows.close(core);
    const text = await windows.text();
    assert.ok(text.includes(own) && !text.includes("others"));
  });
});
