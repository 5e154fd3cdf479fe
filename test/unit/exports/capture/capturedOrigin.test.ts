import assert from "node:assert/strict";
import type { Task } from "../../../../src/core/commands/target.ts";
import { CapturedWindow, program } from "../../../support/exports/capturedWindow.ts";
import { Outboxes, readAll } from "../../../support/exports/outboxes.ts";

describe("The capture of what an agent has requested", () => {
  let outboxes: Outboxes;
  beforeEach(async () => void (outboxes = await Outboxes.create()));
  afterEach(() => outboxes.dispose());

  it("tells with what a run has begun that an agent of an agent has requested", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    const window = new CapturedWindow(outbox);
    const origin = { parentId: "exec-2", rootId: "exec-1" };
    const command: Task = { kind: "command", command: "test.echo", args: [] };
    for (const from of [origin, { ...origin, rootId: "exec-2" }]) {
      const run = window.executions.create(command, "editor", program, from);
      run.start();
      run.finish({ kind: "completed" });
    }
    window.dispose();
    outbox.flush();
    const ends = (await readAll(reader)).filter(({ event }) => event.type === "command-completed");
    const told = ends.map(({ run }) => [run?.parentId, run?.rootId]);
    assert.deepEqual(told, [
      ["exec-2", "exec-1"],
      ["exec-2", undefined],
    ]);
  });
});
