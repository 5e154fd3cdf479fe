import { editorUser } from "../../../../src/core/access/principal.ts";
import assert from "node:assert/strict";
import { Policy } from "../../../../src/core/commands/policy.ts";
import type { Question } from "../../../../src/core/ports.ts";
import { BridgeError, type ErrorCode } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";

const withCode = (code: ErrorCode) => (error: unknown) => error instanceof BridgeError && error.code === code;

describe("Dispatcher, under the policy", () => {
  const lanes = { concurrency: 1, maxQueued: 10 };

  it("checks the policy again when a queued command starts", async () => {
    const first = Promise.withResolvers<void>();
    let runs = 0;
    const editor = new FakeEditor({ slow: () => first.promise, echo: () => ++runs });
    const policy = new Policy(["*"], []);
    const { dispatcher } = makeCore({ editor, policy, lanes });
    await dispatcher.submit({ command: "slow" });
    const [denied, allowed, own] = [
      await dispatcher.submit({ command: "echo" }),
      await dispatcher.submit({ command: "echo.too" }),
      await dispatcher.submit({ command: "echo" }, editorUser),
    ];
    policy.reconfigure(["*"], ["echo"]);
    first.resolve();
    await Promise.all([denied.settled, allowed.settled, own.settled]);
    assert.equal(denied.failure?.code, "ACCESS_DENIED");
    assert.equal(denied.failure.context?.["rule"] !== undefined, true);
    assert.equal(allowed.failure, undefined);
    assert.deepEqual([own.failure, runs], [undefined, 1]);
  });

  it("does not apply to the user of the editor, except for internal commands", async () => {
    const { dispatcher } = makeCore({ policy: new Policy(["nothing"], ["echo", "kiro.cli.*"]) });
    await assert.rejects(dispatcher.submit({ command: "echo" }), withCode("ACCESS_DENIED"));
    await assert.rejects(dispatcher.submit({ command: "kiro.cli.chat", args: ["a"] }), withCode("ACCESS_DENIED"));
    const mine = await dispatcher.submit({ command: "echo", args: ["a"] }, editorUser);
    const prompt = await dispatcher.submit({ command: "kiro.cli.chat", args: ["a"] }, editorUser);
    await Promise.all([mine.settled, prompt.settled]);
    assert.deepEqual([responseOf(mine).success, responseOf(prompt).success], [true, true]);
    await assert.rejects(dispatcher.submit({ command: "_x" }, editorUser), withCode("ACCESS_DENIED"));
  });

  it("denies answers and cancels when prompts are denied", async () => {
    const agent = new FakeAgent();
    const question: Question = { prompt: "May it?", inputType: "choice", choices: ["yes", "no"], safeAnswer: "no" };
    agent.turn = async (_task, context) => ({ kind: "completed", output: await context.ask(question) });
    const { dispatcher } = makeCore({ agent, policy: new Policy(["*"], ["kiro.cli.chat"]) });
    const execution = await dispatcher.submit({ command: "kiro.cli.chat", args: ["a"] }, editorUser);
    await execution.answered;
    const questionId = execution.pendingInput?.questionId;
    assert.ok(questionId !== undefined);
    const answer = { executionId: execution.id, type: "choice", value: "yes", questionId } as const;
    assert.throws(() => dispatcher.answer(answer), withCode("ACCESS_DENIED"));
    await assert.rejects(dispatcher.cancel(execution.id), withCode("ACCESS_DENIED"));
    assert.equal(execution.status, "waiting-input");
    dispatcher.answer(answer, editorUser);
    await execution.settled;
    assert.equal(execution.output.text, "yes");
    await dispatcher.cancel(execution.id, editorUser);
  });

  it("knows which command of a program may have caused an action", async () => {
    const done = Promise.withResolvers<void>();
    const editor = new FakeEditor({ slow: () => done.promise, echo: (value) => value });
    const { dispatcher } = makeCore({ editor, agent: new FakeAgent() });
    await (await dispatcher.submit({ command: "echo" }, editorUser)).settled;
    await (await dispatcher.submit({ command: "kiro.cli.chat", args: ["a"] })).settled;
    assert.equal(dispatcher.latestOutsideCommand(), undefined);
    const slow = await dispatcher.submit({ command: "slow" });
    assert.equal(dispatcher.latestOutsideCommand(), "slow");
    done.resolve();
    await slow.settled;
    assert.equal(dispatcher.latestOutsideCommand(), "slow");
  });
});
