import { editorUser, ownerProgram } from "../../../../src/core/access/principal.ts";
import assert from "node:assert/strict";
import { BridgeError, type ErrorCode } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const never = new Promise<never>(() => undefined);
const withCode = (code: ErrorCode) => (error: unknown) => error instanceof BridgeError && error.code === code;

describe("Dispatcher, commands of the editor", () => {
  it("runs a command and returns its value as text and as JSON", async () => {
    const { dispatcher } = makeCore();
    const execution = await dispatcher.submit({ command: "echo", params: [{ a: [1, false, null] }] });
    await execution.answered;
    const { executionTimeMs, executionId, ...rest } = responseOf(execution);
    assert.deepEqual(rest, {
      success: true,
      output: '{"a":[1,false,null]}',
      status: "completed",
      result: { a: [1, false, null] },
    });
    assert.ok(Number.isInteger(executionTimeMs));
    assert.match(executionId, /^exec-\d+-1-[a-z0-9]{6}$/);
  });

  it("reports an unknown command, with similar names", async () => {
    const { dispatcher, catalog } = makeCore({ editor: new FakeEditor({ "editor.action.formatDocument": () => 1 }) });
    await catalog.refresh();
    const execution = await dispatcher.submit({ command: "editor.action.formatDocumnet" });
    await execution.settled;
    assert.equal(responseOf(execution).success, false);
    assert.equal(execution.failure, undefined);
    assert.match(
      execution.end.error ?? "",
      /^Command 'editor.action.formatDocumnet' not found\. Did you mean 'editor.action.formatDocument'/,
    );
  });

  it("runs a command that is not listed, and refreshes the list only then", async () => {
    const editor = new FakeEditor({ echo: (value) => value });
    const { dispatcher, catalog } = makeCore({ editor });
    await catalog.refresh();
    for (let turn = 0; turn < 20; turn++) await (await dispatcher.submit({ command: "echo" })).settled;
    assert.equal(editor.listings, 1);
    editor.commands.set("late", () => "here");
    const late = await dispatcher.submit({ command: "late" });
    await late.settled;
    assert.equal(late.output.text, "here");
    await new Promise(setImmediate);
    assert.equal(editor.listings, 2);
    assert.ok(catalog.has("late"));
  });

  it("distinguishes a missing command from one that fails for a missing command", async () => {
    const editor = new FakeEditor({
      misses: () => {
        throw new Error("command 'inner' not found");
      },
    });
    const { dispatcher } = makeCore({ editor });
    const errorOf = async (command: string) => {
      const execution = await dispatcher.submit({ command });
      await execution.settled;
      return execution.end.error;
    };
    assert.equal(await errorOf("misses"), "command 'inner' not found");
    assert.equal(await errorOf("inner"), "Command 'inner' not found.");
  });

  it("reports what a command threw", async () => {
    const editor = new FakeEditor({
      fails: () => {
        throw new RangeError("too far");
      },
    });
    const execution = await makeCore({ editor }).dispatcher.submit({ command: "fails" });
    await execution.settled;
    const { success, error, code, result, status } = responseOf(execution);
    assert.deepEqual(
      { success, error, code, result, status },
      {
        success: false,
        error: "too far",
        code: "COMMAND_EXECUTION_FAILED",
        result: { $type: "Error", name: "RangeError", message: "too far" },
        status: "failed",
      },
    );
  });

  it("ends a command that never returns at its deadline, and starts the next", async () => {
    const { dispatcher } = makeCore({
      editor: new FakeEditor({ hangs: () => never, echo: (value) => value }),
      lanes: { concurrency: 1, maxQueued: 10 },
    });
    const stuck = await dispatcher.submit({ command: "hangs", timeoutMs: 20 });
    const next = await dispatcher.submit({ command: "echo", args: ["after"] });
    await Promise.all([stuck.settled, next.settled]);
    assert.equal(stuck.failure?.code, "OPERATION_TIMEOUT");
    assert.equal(stuck.status, "failed");
    assert.equal(next.output.text, "after");
  });

  it("includes the time in the queue in the deadline", async () => {
    const { dispatcher } = makeCore({
      editor: new FakeEditor({ hangs: () => never, echo: (value) => value }),
      lanes: { concurrency: 1, maxQueued: 10 },
    });
    await dispatcher.submit({ command: "hangs" });
    const waiting = await dispatcher.submit({ command: "echo", timeoutMs: 20 });
    await waiting.settled;
    assert.equal(waiting.failure?.code, "OPERATION_TIMEOUT");
    dispatcher.dispose();
  });

  it("rejects a request when the queue is full, with its limit and its length", async () => {
    const { dispatcher } = makeCore({
      editor: new FakeEditor({ hangs: () => never }),
      lanes: { concurrency: 1, maxQueued: 1 },
    });
    await dispatcher.submit({ command: "hangs" });
    await dispatcher.submit({ command: "hangs" });
    await assert.rejects(dispatcher.submit({ command: "hangs" }), (error) => {
      assert.ok(error instanceof BridgeError);
      assert.equal(error.code, "RATE_LIMIT_EXCEEDED");
      assert.deepEqual(error.context, { limit: 1, queued: 1 });
      return true;
    });
    dispatcher.dispose();
  });

  it("rejects requests while queued and running ones, of all lanes, hold too much memory", async () => {
    const hung = Promise.withResolvers<void>();
    const agent = new FakeAgent();
    agent.turn = () => never;
    const { dispatcher } = makeCore({
      agent,
      editor: new FakeEditor({ hangs: () => hung.promise }),
      lanes: { concurrency: 1, maxQueued: 100 },
    });
    const args = ["x".repeat(10 * 1024 * 1024)];
    const late = await dispatcher.submit({ command: "hangs", args, timeoutMs: 5 });
    await late.settled;
    await dispatcher.submit({ command: "hangs" });
    const waiting = [
      await dispatcher.submit({ command: "hangs", args }),
      await dispatcher.submit({ command: "hangs", args }),
    ];
    for (const session of ["a", "b", "c"]) await dispatcher.submit({ command: "kiro.cli.chat", args, session });
    const more = () => dispatcher.submit({ command: "hangs", args });
    await assert.rejects(more, (error) => {
      assert.ok(error instanceof BridgeError && error.code === "RATE_LIMIT_EXCEEDED");
      assert.match(error.message, /Try again when some have ended/);
      assert.equal(error.context?.["limit"], 64 * 1024 * 1024);
      return true;
    });
    await dispatcher.submit({ command: "kiro.cli.chat", session: "small" });
    await dispatcher.cancel(waiting[0]?.id ?? "");
    await more();
    await assert.rejects(more, withCode("RATE_LIMIT_EXCEEDED"));
    hung.resolve();
    await waiting[1]?.settled;
    await more();
    dispatcher.dispose();
  });

  it("reports the queue position of each execution in its own lane", async () => {
    const agent = new FakeAgent();
    agent.turn = () => never;
    const { dispatcher } = makeCore({
      agent,
      editor: new FakeEditor({ hangs: () => never }),
      lanes: { concurrency: 1, maxQueued: 5 },
    });
    const editor = [];
    for (let turn = 0; turn < 4; turn++) editor.push(await dispatcher.submit({ command: "hangs" }));
    const chat = [];
    for (let turn = 0; turn < 2; turn++) chat.push(await dispatcher.submit({ command: "kiro.cli.chat", session: "a" }));
    await dispatcher.cancel(editor[1]?.id ?? "");
    const expected = new Map([
      [editor[2]?.id, 0],
      [editor[3]?.id, 1],
      [chat[1]?.id, 0],
    ]);
    assert.deepEqual(dispatcher.queuePositions(), expected);
    dispatcher.dispose();
  });

  it("records who sent the request, and the session that was asked for", async () => {
    const { dispatcher } = makeCore();
    const request = { command: "echo", session: "notes" };
    const principal = { id: "owner", name: "Owner", kind: "owner" };
    const { requestedBy, session } = recordOf(
      await dispatcher.submit(request, { ...ownerProgram, program: "curl/8.14.1" }),
    );
    assert.deepEqual([requestedBy, session], [{ origin: "program", name: "curl/8.14.1", principal }, "notes"]);
    assert.deepEqual((await dispatcher.submit(request)).requestedBy, { origin: "program", principal });
    assert.deepEqual((await dispatcher.submit(request, editorUser)).requestedBy, { origin: "editor", principal });
  });

  it("cancels a queued execution, and does not interrupt a running command", async () => {
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const { dispatcher, status } = makeCore({
      editor: new FakeEditor({ waits: () => (runs++, gate.promise) }),
      lanes: { concurrency: 1, maxQueued: 5 },
    });
    const running = await dispatcher.submit({ command: "waits" });
    const waiting = await dispatcher.submit({ command: "waits" });
    assert.equal(status.current().status, "busy");
    assert.deepEqual(status.current().queue, { running: 1, queued: 1 });
    assert.deepEqual(await dispatcher.cancel(waiting.id), { status: "cancelled", how: "dequeued" });
    assert.deepEqual(await dispatcher.cancel(running.id), { status: "running", how: "not-cancellable" });
    gate.resolve();
    await running.settled;
    assert.equal(runs, 1);
    assert.equal(responseOf(waiting).success, false);
    assert.equal(status.current().status, "ready");
    assert.deepEqual(await dispatcher.cancel(running.id), { status: "completed", how: "not-cancellable" });
    await assert.rejects(dispatcher.cancel("exec-0-0"), withCode("NOT_FOUND"));
  });

  it("returns the same execution for a repeated key, also for simultaneous requests, and rejects another body", async () => {
    let runs = 0;
    const { dispatcher } = makeCore({ editor: new FakeEditor({ count: () => ++runs }) });
    const once = (args: string[] = []) =>
      dispatcher.submitOnce({ idempotencyKey: "k", request: { command: "count", args }, identity: args });
    const [first, second] = await Promise.all([once(), once()]);
    await first.execution.settled;
    assert.deepEqual([first.isRepeat, second.isRepeat], [false, true]);
    assert.equal(first.execution, second.execution);
    assert.equal((await once()).execution, first.execution);
    assert.equal(runs, 1);
    await assert.rejects(once(["x"]), withCode("CONFLICT"));
  });

  it("does not keep the key of a rejected request", async () => {
    const { dispatcher } = makeCore();
    const once = (command: string) =>
      dispatcher.submitOnce({ idempotencyKey: "k", request: { command }, identity: [] });
    await assert.rejects(once("kiro.deleteAccount"), withCode("ACCESS_DENIED"));
    const { execution } = await once("echo");
    await execution.settled;
    assert.equal(execution.status, "completed");
  });

  it("ends running and queued executions when it stops, and rejects new ones", async () => {
    const { dispatcher, events } = makeCore({
      editor: new FakeEditor({ hangs: () => never }),
      lanes: { concurrency: 1, maxQueued: 5 },
    });
    const running = await dispatcher.submit({ command: "hangs" });
    const waiting = await dispatcher.submit({ command: "hangs" });
    dispatcher.dispose();
    for (const execution of [running, waiting]) {
      assert.deepEqual(
        [execution.failure?.code, execution.failure?.context],
        ["KIRO_UNAVAILABLE", { reason: "not_running", cause: "bridge-stopping" }],
      );
      assert.deepEqual([responseOf(execution).status, recordOf(execution).status], ["interrupted", "interrupted"]);
    }
    const ends = events.read(0).events.filter((event) => event.type === "command-error");
    assert.deepEqual(
      ends.map(({ errorCode, status }) => [errorCode, status]),
      ends.map(() => ["KIRO_UNAVAILABLE", "interrupted"]),
    );
    assert.equal(ends.length, 2);
    await assert.rejects(dispatcher.submit({ command: "hangs" }), withCode("KIRO_UNAVAILABLE"));
  });

  it("previews a request without running it", async () => {
    let runs = 0;
    const { dispatcher, catalog } = makeCore({ editor: new FakeEditor({ count: () => ++runs }) });
    await catalog.refresh();
    assert.deepEqual(dispatcher.check({ command: "count" }), {
      allowed: true,
      target: "editor",
      known: true,
      rule: { setting: "kiroBridge.commands.allow", pattern: "*" },
    });
    assert.equal(dispatcher.check({ command: "kiroAgent.deleteAccount" }).allowed, false);
    assert.equal(dispatcher.check({ command: "hello", target: "cli" }).target, "cli");
    assert.equal(dispatcher.check({ command: "kiro.cli.chat", args: ["hello"] }).target, "cli");
    assert.equal(runs, 0);
  });
});
