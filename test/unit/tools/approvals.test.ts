import assert from "node:assert/strict";
import { roles } from "../../../src/protocol/access.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";
import { textOf, type ToolsRig, toolsRig } from "./toolsRig.ts";

describe("The approval of calls of a model", () => {
  let rig: ToolsRig;

  beforeEach(() => {
    rig = toolsRig();
  });
  afterEach(() => rig.core.dispatcher.dispose());

  it("is asked for calls that may change something, with all that would run as plain text", async () => {
    const turn = await rig.prompt();
    const call = turn.call("run_command", { id: "test.echo", params: ["a\u202eb\u0007"] });
    const { prompt, inputType, choices, options } = await turn.question();
    assert.equal(
      prompt,
      'gpt asks for permission: Run test.echo (execute)\nrun_command {"id":"test.echo","params":["a\ufffdb\\u0007"]}',
    );
    assert.equal(inputType, "choice");
    assert.deepEqual(choices, ["Allow", "Allow for this session", "Reject"]);
    assert.deepEqual(
      options?.map(({ kind }) => kind),
      ["allow_once", "allow_always", "reject_once"],
    );
    await turn.answer("Allow");
    assert.equal((await call).isError, false);
    const again = turn.call("run_command", { id: "test.echo" });
    await turn.answer("Reject");
    const rejected = await again;
    assert.equal(rejected.isError, true);
    assert.equal(textOf(rejected), "Not run: the user has not allowed this call.");
    assert.equal([...rig.core.executions.all.values()].filter(({ parentId }) => parentId !== undefined).length, 1);
  });

  it("is not asked for reads, whichever tool reads", async () => {
    const turn = await rig.prompt();
    for (const [name, args] of [
      ["search_commands", {}],
      ["run_command", { id: "kiro.editor.context" }],
      ["search_commands", { query: "echo" }],
    ] as const)
      await turn.call(name, args);
    assert.equal(turn.execution.questions, 0);
  });

  it("is asked for every call, or for none, as the setting says at that time", async () => {
    const turn = await rig.prompt();
    rig.approval = "ask";
    const reading = turn.call("search_commands");
    await turn.answer("Allow");
    assert.equal((await reading).isError, false);
    rig.approval = "allow";
    assert.equal((await turn.call("run_command", { id: "test.echo" })).isError, false);
    assert.equal(turn.execution.questions, 1);
  });

  it("is remembered for the session and the command, and not for others", async () => {
    const turn = await rig.prompt("one");
    const calls = [1, 2].map((value) => turn.call("run_command", { id: "test.echo", params: [value] }));
    await turn.answer("Allow for this session");
    for (const { isError } of await Promise.all(calls)) assert.equal(isError, false);
    assert.equal(turn.execution.questions, 1, "the second one waits for the answer to the first one");
    const other = turn.call("run_command", { id: "test.other" });
    await turn.answer("Reject");
    assert.equal((await other).isError, true);
    await turn.end();
    const next = await rig.prompt("one");
    assert.equal((await next.call("run_command", { id: "test.echo" })).isError, false);
    assert.equal(next.execution.questions, 0);
    const elsewhere = await rig.prompt("two");
    const asked = elsewhere.call("run_command", { id: "test.echo" });
    await elsewhere.answer("Reject");
    assert.equal((await asked).isError, true);
  });

  it("is not remembered for another principal of a shared session", async () => {
    const mine = await rig.prompt("shared");
    const call = mine.call("run_command", { id: "test.echo" });
    await mine.answer("Allow for this session");
    assert.equal((await call).isError, false);
    await mine.end();
    const bob = new FakePrincipals().add("bob", { scopes: [...roles.owner] });
    const theirs = await rig.prompt("shared", { principal: bob, via: "http" });
    assert.equal(theirs.execution.sessionId, mine.execution.sessionId);
    const asked = theirs.call("run_command", { id: "test.echo" });
    await theirs.answer("Reject");
    assert.equal((await asked).isError, true);
  });

  it("cannot be for the session if the call runs commands of its arguments", async () => {
    const turn = await rig.prompt();
    const call = turn.call("run_command", { id: "runCommands", params: [{ commands: ["test.echo"] }] });
    assert.deepEqual((await turn.question()).choices, ["Allow", "Reject"]);
    await turn.answer("Reject");
    assert.equal((await call).isError, true);
  });

  it("is denied when nobody answers in time", async () => {
    rig = toolsRig({ inputTimeoutMs: 1 });
    const turn = await rig.prompt();
    const result = await turn.call("run_command", { id: "test.echo" });
    assert.equal(textOf(result), "Not run: the user has not allowed this call.");
  });

  it("ends with the turn", async () => {
    const turn = await rig.prompt();
    const calls = Promise.allSettled([
      turn.call("run_command", { id: "test.echo" }),
      turn.call("run_command", { id: "test.echo" }),
    ]);
    await turn.question();
    await rig.core.dispatcher.cancel(turn.execution.id);
    for (const { status } of await calls) assert.equal(status, "rejected");
    assert.equal(rig.core.executions.all.size, 1);
  });
});
