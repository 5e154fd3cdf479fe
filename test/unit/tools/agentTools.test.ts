import assert from "node:assert/strict";
import type { BridgeEvent } from "../../../src/protocol/events.ts";
import { recordOf } from "../../../src/history/executionRecord.ts";
import { AuditFolder } from "../../support/auditFolder.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";
import { until } from "../../support/until.ts";
import { textOf, type ToolsRig, toolsRig } from "./toolsRig.ts";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

describe("The tools of the bridge for a model", () => {
  let rig: ToolsRig;

  beforeEach(() => {
    rig = toolsRig({ pinned: ["test.pinned"] });
  });
  afterEach(() => rig.core.dispatcher.dispose());

  const steps = (id: string): object[] =>
    rig.core.events
      .read(0)
      .events.filter(
        (event): event is BridgeEvent & { type: "tool-call" } => event.type === "tool-call" && event.toolCallId === id,
      )
      .map(({ title, kind, status, childId, by }) => ({ title, kind, status, childId, by }));

  it("are those of MCP clients, with JSON Schemas of objects, and say which of them change nothing", async () => {
    const { tools } = await rig.prompt();
    assert.equal(tools.list.length, 13);
    for (const { name, description, parameters } of tools.list) {
      assert.match(name, NAME);
      assert.ok(description.length > 20);
      assert.equal(parameters["type"], "object");
    }
    assert.deepEqual(
      tools.list.filter(({ isReadOnly }) => isReadOnly).map(({ name }) => name),
      [
        "search_commands",
        "editor_context",
        "get_diagnostics",
        "find_symbols",
        "find_references",
        "list_executions",
        "get_execution",
      ],
    );
    assert.equal(tools.list.at(-1)?.name, "command_test_pinned");
  });

  it("run a call as a child of the turn, and show each step", async () => {
    rig.approval = "allow";
    const turn = await rig.prompt();
    const result = await turn.call("run_command", { id: "test.echo", params: [{ a: 1 }] }, "c1");
    assert.deepEqual(result, {
      callId: "c1",
      name: "run_command",
      content: [{ type: "text", text: '{"a":1}' }],
      isError: false,
    });
    const child = [...rig.core.executions.all.values()].find(({ parentId }) => parentId === turn.execution.id);
    assert.ok(child);
    const { requestedBy, target, command, params } = recordOf(child);
    assert.deepEqual(
      { target, command, params, via: requestedBy?.via, name: requestedBy?.name },
      { target: "editor", command: "test.echo", params: [{ a: 1 }], via: "agent", name: "gpt" },
    );
    const shown = { title: "Run test.echo", kind: "execute", by: "agent" };
    assert.deepEqual(steps("c1"), [
      { ...shown, status: "pending", childId: undefined },
      { ...shown, status: "in_progress", childId: undefined },
      { ...shown, status: "in_progress", childId: child.id },
      { ...shown, status: "completed", childId: child.id },
    ]);
  });

  it("return the failure of a command, and what is wrong with a call, as results", async () => {
    rig = toolsRig({ commands: { "test.fail": () => Promise.reject(new Error("It is broken.")) } });
    rig.approval = "allow";
    const turn = await rig.prompt();
    const failures: [string, object | string, RegExp][] = [
      ["run_command", { id: "test.fail" }, /It is broken\./],
      ["run_command", { id: "no.such.command" }, /no\.such\.command/],
      ["run_command", { id: 1 }, /^id: /],
      ["run_command", '{"id": "test.ec', /^arguments: the arguments of the call are not valid JSON/],
      ["run_command", "[1]", /^arguments: expected an object, received an array/],
      ["run_command", `"${"x".repeat(1024 * 1024)}"`, /^arguments: expected at most/],
      ["rm_rf", {}, /There is no tool "rm_rf"\./],
    ];
    for (const [name, args, text] of failures) {
      const result = await turn.call(name, args);
      assert.equal(result.isError, true);
      assert.match(textOf(result), text);
    }
    assert.equal((await turn.call("search_commands", "")).isError, false, "no arguments at all are an empty object");
  });

  it("cut a long result, with a mark", async () => {
    rig.approval = "allow";
    const turn = await rig.prompt();
    const text = textOf(await turn.call("run_command", { id: "test.echo", params: ["😀".repeat(20_000)] }));
    assert.equal(text.length, 32 * 1024 + "\n(incomplete)".length);
    assert.equal(text.slice(-13), "\n(incomplete)");
    const args = Array.from({ length: 100 }, () => turn.call("run_command", { id: `test.${"x".repeat(900)}` }));
    await Promise.all(args);
    const list = textOf(await turn.call("list_executions", { limit: 100 }));
    assert.match(list.slice(-60), /\n\(cut: the first 33792 of \d+ characters\)$/);
  });

  it("do not run what the policy refuses, without a question, in the events and in the audit log", async () => {
    const folder = await AuditFolder.create();
    try {
      rig = toolsRig({ audit: { folder: folder.path } });
      const turn = await rig.prompt();
      // As the text of a file may ask for it.
      for (const params of [{ id: "secret.show" }, { id: "runCommands", params: [{ commands: ["secret.show"] }] }]) {
        const result = await turn.call("run_command", params, "injected");
        assert.equal(result.isError, true);
        assert.match(textOf(result), /is not allowed for programs: kiroBridge\.commands\.deny contains 'secret\.\*'/);
      }
      assert.equal(turn.execution.questions, 0);
      assert.equal(rig.core.executions.all.size, 1);
      assert.deepEqual(
        steps("injected").map((step) => Reflect.get(step, "status")),
        ["pending", "failed", "pending", "failed"],
      );
      await turn.end();
      await rig.core.audit.dispose();
      const refused = (await folder.entries()).filter(({ kind }) => kind === "request-refused");
      assert.deepEqual(
        refused.map(({ what, via, program, code }) => ({ what, via, program, code })),
        [
          { what: "secret.show", via: "agent", program: "gpt", code: "ACCESS_DENIED" },
          { what: "runCommands", via: "agent", program: "gpt", code: "ACCESS_DENIED" },
        ],
      );
    } finally {
      await folder.dispose();
    }
  });

  it("have the scopes of the principal that has sent the prompt", async () => {
    const principal = new FakePrincipals().add("chat", { scopes: ["agents:prompt"] });
    const turn = await rig.prompt("default", { principal, via: "http" });
    const result = await turn.call("run_command", { id: "test.echo" });
    assert.equal(textOf(result), "This access does not include the scope commands:run.");
    assert.equal(turn.execution.questions, 0);
  });

  it("end with the turn, and so do their executions that can be cancelled", async () => {
    rig = toolsRig({ commands: { "test.hold": () => new Promise(() => undefined) } });
    rig.approval = "allow";
    const turn = await rig.prompt();
    const asking = turn.call("ask_agent", { prompt: "do it", session: "other" });
    const holding = turn.call("run_command", { id: "test.hold" });
    const children = () => [...rig.core.executions.active].filter(({ parentId }) => parentId === turn.execution.id);
    await until(() => children().length === 2, "two children");
    const [asked] = children();
    const results = Promise.allSettled([asking, holding]);
    await rig.core.dispatcher.cancel(turn.execution.id);
    const [, held] = await results;
    assert.equal(held?.status, "rejected");
    await asked?.settled;
    assert.equal(asked?.status, "cancelled");
  });

  it("do not prompt the own session, or answer questions of the own principal", async () => {
    rig.approval = "allow";
    const turn = await rig.prompt("mine");
    const prompted = await turn.call("ask_agent", { prompt: "hello", session: "mine" });
    assert.equal(prompted.isError, true);
    assert.match(textOf(prompted), /cannot prompt its own session/);
    rig.approval = "ask";
    const waiting = turn.call("editor_context");
    const { questionId } = await turn.question();
    rig.approval = "allow";
    const answer = { executionId: turn.execution.id, questionId, value: "Allow" };
    const answered = await turn.call("answer_question", answer);
    assert.equal(answered.isError, true);
    assert.match(textOf(answered), /cannot answer its questions/);
    await turn.answer("Reject");
    assert.equal((await waiting).isError, true);
  });

  it("run at most eight at once, and the others afterwards", async () => {
    const held: (() => void)[] = [];
    rig = toolsRig({
      commands: { "test.hold": () => new Promise<void>((resolve) => void held.push(resolve)) },
      lanes: { concurrency: 20, maxQueued: 20 },
    });
    rig.approval = "allow";
    const turn = await rig.prompt();
    const calls = Array.from({ length: 9 }, () => turn.call("run_command", { id: "test.hold" }));
    await until(() => held.length === 8, "eight commands");
    assert.equal(rig.core.executions.active.size, 9);
    held.shift()?.();
    await Promise.race(calls);
    await until(() => held.length === 8, "eight commands");
    for (const release of held) release();
    for (const { isError } of await Promise.all(calls)) assert.equal(isError, false);
  });
});
