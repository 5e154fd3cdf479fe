import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Fact } from "../../../../src/exports/outbox/fact.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { CapturedWindow, program } from "../../../support/exports/capturedWindow.ts";
import { Outboxes, readAll } from "../../../support/exports/outboxes.ts";
import type { Outbox } from "../../../../src/exports/outbox/outbox.ts";
import type { OutboxReader } from "../../../../src/exports/outbox/outboxReader.ts";
import { secretExamples } from "../../../support/checks/secretExamples.ts";

describe("The capture of exports", () => {
  let outboxes: Outboxes;
  let outbox: Outbox;
  let reader: OutboxReader;
  let window: CapturedWindow;

  beforeEach(async () => {
    outboxes = await Outboxes.create();
    outbox = await outboxes.open();
    reader = await outboxes.reader(outbox);
    window = new CapturedWindow(outbox);
  });
  afterEach(async () => {
    window.dispose();
    await outboxes.dispose();
  });

  const facts = async (): Promise<Fact[]> => {
    outbox.flush();
    return readAll(reader);
  };

  it("tells the steps of a run, with a summary of it at each of them", async () => {
    const run = window.create({ args: ["hello"] });
    run.reportQueued(3);
    run.start();
    run.appendOutput("text");
    run.finish({ kind: "completed", result: "text", exitCode: 0 });
    const [queued, started, output, completed, ...others] = await facts();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [queued, started, output, completed].map((fact) => fact?.run?.status),
      ["queued", "running", "running", "completed"],
    );
    const sequences = [queued, started, output, completed].map((fact) => fact?.run?.sequence ?? 0);
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(sequences).size, 4);
    const { queuedAt, startedAt, completedAt, steps: _, ...summary } = completed?.run ?? {};
    assert.ok((queuedAt ?? 0) <= (startedAt ?? 0) && (startedAt ?? 0) <= (completedAt ?? 0));
    assert.deepEqual(summary, {
      executionId: run.id,
      sequence: 4,
      status: "completed",
      command: "test.echo",
      target: "editor",
      windowId: "w1",
      principalId: "client-1",
      origin: "program",
      exitCode: 0,
      outputLength: 4,
      isOutputTruncated: false,
      questions: 0,
    });
    assert.equal(completed?.id, `${outbox.id}-4`);
    assert.match(completed?.id ?? "", /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(started?.event.type === "command-started" && started.event.args, ["hello"]);
  });

  it("tells why a run has failed", async () => {
    window.start().finish({
      kind: "failed",
      error: "It broke.",
      code: "COMMAND_EXECUTION_FAILED",
      failure: new BridgeError("COMMAND_EXECUTION_FAILED", "It broke."),
    });
    const [, failed] = await facts();
    assert.equal(failed?.run?.status, "failed");
    assert.equal(failed?.run?.errorCode, "COMMAND_EXECUTION_FAILED");
    assert.equal(failed?.event.type === "command-error" && failed.event.error, "It broke.");
  });

  it("has the end of a run on the disk when its event was told", async () => {
    window.start().finish({ kind: "completed" });
    const [segment = ""] = (await outboxes.files()).filter((path) => path.endsWith(".jsonl"));
    assert.match(await readFile(segment, "utf8"), /"command-completed"/);
  });

  it("ignores the events of other windows, and ends that are told for them", async () => {
    const event = {
      type: "command-completed" as const,
      executionId: "theirs",
      success: true,
      output: "",
      executionTimeMs: 1,
    };
    const session = { type: "session-changed" as const, sessionId: "s", name: "theirs", state: "ready" };
    const theirs = { eventId: 7, windowId: "w2", timestamp: new Date(0).toISOString() };
    window.events.import({ ...event, ...theirs, windowEventId: 1 });
    window.events.import({ ...session, ...theirs, windowEventId: 2 });
    window.events.append({
      type: "command-error",
      executionId: "theirs",
      error: "x",
      recoverable: true,
      status: "interrupted",
    });
    assert.deepEqual(await facts(), []);
  });

  it("replaces the ID of a command that does not exist, which may be any text", async () => {
    window.start({ command: "please delete everything" }).finish({ kind: "completed" });
    const found = await facts();
    assert.equal(found[0]?.run?.command, "(unknown)");
    assert.doesNotMatch(JSON.stringify(found), /delete everything/);
  });

  it("tells no content, and no names, at the level none", async () => {
    await reader.remove();
    reader = await outboxes.reader(outbox, "first", { level: "none", wantsSteps: true });
    const run = window.prompt("my prompt");
    run.speaksIn("session-1");
    run.appendOutput("my output");
    run.retractOutput(2);
    run.reportAgent({
      type: "tool-call",
      toolCallId: "call my file",
      title: "my title",
      kind: "edit",
      status: "completed",
      diffs: [{ path: "/my/path", newText: "my text" }],
    });
    run.waitForInput({
      questionId: "q1",
      prompt: "my question",
      inputType: "choice",
      choices: ["my choice"],
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    run.resume("my answer", false);
    const step = { type: "agent-step", step: 1, status: "retrying", model: "m-1", reason: "my reason" } as const;
    run.reportAgent({ ...step, cost: 1, currency: "my currency" });
    run.finish({ kind: "completed", result: "my result", output: "my output" });
    window.events.append({ type: "session-changed", sessionId: "s", name: "my session", state: "ready" });
    const found = await facts();
    assert.equal(found.length, 9);
    assert.doesNotMatch(JSON.stringify(found), /\bmy\b|My Laptop|a program/);
    const files = (await outboxes.files()).filter((path) => path.endsWith(".jsonl"));
    for (const path of files) assert.doesNotMatch(await readFile(path, "utf8"), /\bmy\b|My Laptop|a program/);
  });

  it("summarizes what an agent did", async () => {
    await reader.remove();
    reader = await outboxes.reader(outbox, "first", { level: "none", wantsSteps: true });
    const run = window.prompt("x");
    run.reportAgent({
      type: "agent-step",
      step: 1,
      status: "completed",
      model: "m-1",
      inputTokens: 5,
      outputTokens: 2,
      cost: 0.5,
      currency: "USD",
    });
    run.reportAgent({ type: "tool-call", toolCallId: "t1", title: "Read", kind: "read", status: "pending" });
    run.reportAgent({ type: "tool-call", toolCallId: "t1", title: "Read", status: "completed", childId: "exec-9" });
    run.waitForInput({
      questionId: "q1",
      prompt: "?",
      inputType: "text",
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    run.resume("y", true);
    run.reportAgent({
      type: "agent-step",
      step: 2,
      status: "completed",
      model: "m-1",
      inputTokens: 7,
      cost: 0.25,
      currency: "USD",
    });
    run.finish({ kind: "completed", result: "z", stopReason: "end_turn" });
    const end = (await facts()).at(-1);
    assert.deepEqual(end?.run?.usage, { inputTokens: 12, outputTokens: 2, cost: 0.75, currency: "USD" });
    assert.equal(end?.run?.model, "m-1");
    assert.equal(end?.run?.agent, "kiro-cli");
    assert.equal(end?.run?.stopReason, "end_turn");
    const steps = (end?.run?.steps ?? []).filter(({ kind }) => kind !== "queued");
    assert.deepEqual(
      steps.map(({ kind, id, name, status, childId }) => ({ kind, id, name, status, ...(childId && { childId }) })),
      [
        { kind: "model-step", id: "1", name: "m-1", status: "completed" },
        { kind: "tool", id: "t1", name: "read", status: "completed", childId: "exec-9" },
        { kind: "question", id: "q1", name: "text", status: "expired" },
        { kind: "model-step", id: "2", name: "m-1", status: "completed" },
      ],
    );
    for (const { startedAt, endedAt = 0 } of steps) assert.ok(endedAt >= startedAt);
  });

  it("bounds the steps of a run", async () => {
    await reader.remove();
    reader = await outboxes.reader(outbox, "first", { level: "none", wantsSteps: true });
    const run = window.prompt("x");
    for (let at = 0; at < 300; at++)
      run.reportAgent({ type: "tool-call", toolCallId: `t${at}`, title: "Read", kind: "read" });
    run.finish({ kind: "completed", result: "z" });
    const end = (await facts()).at(-1);
    assert.equal(end?.run?.areStepsCut, true);
    assert.ok((end?.run?.steps?.length ?? 0) <= 201);
  });

  it("cuts long texts, and tells it", async () => {
    const run = window.start({ args: ["a".repeat(1_000_000), "b"] });
    run.finish({ kind: "completed", result: "c".repeat(1_000_000), output: "c".repeat(1_000_000) });
    const [started, completed] = await facts();
    assert.equal(started?.isContentCut, true);
    assert.equal(completed?.isContentCut, true);
    assert.ok(JSON.stringify(started).length < 40_000);
    assert.ok(JSON.stringify(completed).length < 40_000);
    assert.equal(completed?.run?.outputLength, 1_000_000);
  });

  for (const { name, secret, core } of secretExamples) {
    it(`hides ${name} in every field`, async () => {
      const half = Math.floor(secret.length / 2);
      const run = window.create(
        { command: `x ${secret}`, args: [secret, `in a text: ${secret} and more`] },
        {
          ...program,
          name: secret,
          principal: { id: "client-1", name: secret, kind: "client" },
        },
      );
      run.reportQueued(1);
      run.start();
      run.speaksIn(secret);
      run.appendOutput(`an output ${secret.slice(0, half)}`);
      run.appendOutput(`${secret.slice(half)} goes on`);
      run.appendOutput(`\n${secret}\n`, "stderr");
      run.appendOutput(` at the end ${secret}`);
      run.reportAgent({
        type: "tool-call",
        toolCallId: secret,
        title: secret,
        kind: secret,
        status: secret,
        diffs: [{ path: secret, oldText: secret, newText: secret }],
      });
      run.reportAgent({
        type: "agent-step",
        step: 1,
        status: "retrying",
        model: secret,
        finishReason: secret,
        cost: 1,
        currency: secret,
        reason: secret,
      });
      run.waitForInput({
        questionId: "q1",
        prompt: secret,
        inputType: "choice",
        choices: [secret],
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
      });
      run.resume(secret, false);
      run.finish({
        kind: "failed",
        error: secret,
        code: "COMMAND_EXECUTION_FAILED",
        result: secret,
      });
      window.events.append({ type: "session-changed", sessionId: secret, name: secret, state: secret });
      window.events.append({ type: "status-changed", status: "busy", currentCommand: secret });
      const found = await facts();
      assert.ok(found.length > 10);
      assert.ok(
        !JSON.stringify(found).includes(core),
        JSON.stringify(found.find((fact) => JSON.stringify(fact).includes(core))),
      );
      const files = (await outboxes.files()).filter((path) => path.endsWith(".jsonl"));
      for (const path of files) assert.ok(!(await readFile(path, "utf8")).includes(core));
    });
  }
});
