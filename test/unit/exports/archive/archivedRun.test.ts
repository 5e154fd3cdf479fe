import assert from "node:assert/strict";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { runExportSchema } from "../../../../src/protocol/runExport.ts";
import { runKey } from "../../../../src/exports/archive/archiveDestination.ts";
import { archivedRun } from "../../../../src/exports/archive/archivedRun.ts";
import { contentLevels, type RunFact } from "../../../../src/exports/outbox/fact.ts";
import { contents, exportedRun, RUN_ID, RUN_KEY } from "../../../support/exports/archivedRuns.ts";
import { endFactOf, runOf } from "../../../support/exports/facts.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";

const fact = (changes: Partial<RunFact["run"]> = {}): RunFact => {
  const queuedAt = Date.UTC(2026, 10, 28, 1, 29);
  return { ...endFactOf(RUN_ID), run: runOf(RUN_ID, { command: "(unknown)", queuedAt, ...changes }) };
};
const ports = { exportRun: (id: string) => Promise.resolve(exportedRun(id)), version: "1.2.3" };

describe("A run in an archive", () => {
  it("has no content, the output, or all of it, as the user allows", async () => {
    for (const level of contentLevels) {
      const run = await archivedRun(fact(), level, ports);
      assert.deepEqual(runExportSchema.parse(JSON.parse(JSON.stringify(run))), run);
      const text = JSON.stringify(run);
      assert.equal(text.includes(contents.output), level !== "none", level);
      assert.equal(text.includes(contents.all), level === "all", level);
      assert.equal(run.content, level === "all" ? undefined : level);
      assert.equal(run.isComplete, undefined);
    }
    assert.deepEqual(await archivedRun(fact(), "all", ports), exportedRun());
  });

  it("without content says what ran, when, for whom and how it ended, and keeps its steps", async () => {
    const { execution, events } = await archivedRun(fact({ command: "kiro.cli.chat" }), "none", ports);
    assert.equal(execution.command, "kiro.cli.chat");
    assert.equal(execution.status, "completed");
    assert.equal(execution.stopReason, "end_turn");
    assert.deepEqual(execution.requestedBy, { origin: "program", principal: { id: "owner", name: "", kind: "owner" } });
    assert.deepEqual(
      events.map(({ type, eventId }) => [type, eventId]),
      [
        ["command-started", 1],
        ["command-output", 2],
        ["of-a-later-version", 3],
        ["command-completed", 4],
      ],
    );
  });

  it("without content names a session by no text that an agent has chosen", async () => {
    const run = exportedRun();
    const named = { ...run, execution: { ...run.execution, sessionId: "a text of an agent" } };
    const given = { ...ports, exportRun: () => Promise.resolve(named) };
    const { execution } = await archivedRun(fact(), "none", given);
    assert.match(execution.sessionId ?? "", /^id-[0-9a-f]{16}$/);
    assert.equal((await archivedRun(fact(), "all", given)).execution.sessionId, "a text of an agent");
  });

  it("is built of its end if the history has it no longer, and says so", async () => {
    const gone = { ...ports, exportRun: () => Promise.reject(new BridgeError("NOT_FOUND", "There is no execution.")) };
    const run = await archivedRun(fact({ status: "failed", errorCode: "OPERATION_TIMEOUT" }), "none", gone);
    assert.deepEqual(runExportSchema.parse(JSON.parse(JSON.stringify(run))).execution.id, RUN_ID);
    assert.equal(run.isComplete, false);
    assert.equal(run.execution.status, "failed");
    assert.equal(run.versions.bridge, "1.2.3");
  });

  it("is sent later if the history cannot be read", async () => {
    const broken = { ...ports, exportRun: () => Promise.reject(new Error("EIO")) };
    await failsWith("passing", archivedRun(fact(), "none", broken), /history does not give the execution/);
  });

  it("has ended as its end says, although its window could not record that", async () => {
    const run = exportedRun();
    const open = { ...run, execution: { ...run.execution, status: "running" as const, completedAt: undefined } };
    const given = { ...ports, exportRun: () => Promise.resolve(open) };
    for (const level of contentLevels) {
      const { execution } = await archivedRun(fact({ status: "interrupted" }), level, given);
      assert.equal(execution.status, "interrupted");
      assert.notEqual(execution.completedAt, undefined);
    }
  });

  it("has one key, whoever tells its end and when, which is safe for every store", () => {
    assert.equal(runKey(fact()), RUN_KEY);
    assert.equal(runKey(fact({ completedAt: Date.UTC(2027, 1, 1) })), RUN_KEY);
    const odd = { ...fact(), run: runOf("../a b/ä.json?#", { queuedAt: Date.UTC(2026, 0, 2) }) };
    assert.equal(runKey(odd), "2026-01-02/___a_b___json__.json");
  });
});
