import assert from "node:assert/strict";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import type { Question, RunContext } from "../../../../src/core/ports.ts";
import type { InputAnswer } from "../../../../src/protocol/input.ts";
import { makeCore } from "../../../support/core.ts";
import { nextEvent } from "../../../support/events.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const question: Question = { prompt: "Allow?", inputType: "choice", choices: ["Yes", "No"], safeAnswer: "No" };

describe("PendingInputs", () => {
  /** A run that the test asks through. */
  async function running(inputTimeoutMs?: number) {
    const agent = new FakeAgent();
    const contexts: RunContext[] = [];
    const { promise: held, resolve: end } = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      contexts.push(context);
      await held;
      return { kind: "completed" };
    };
    const core = makeCore({ agent, ...(inputTimeoutMs !== undefined && { inputTimeoutMs }) });
    const begin = async (session = "default"): Promise<{ execution: Execution; ask: () => Promise<string> }> => {
      const execution = await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["go"], session });
      const context = contexts.at(-1);
      assert.ok(context);
      return { execution, ask: () => context.ask(question) };
    };
    const { execution, ask } = await begin();
    const answer = (more: Partial<InputAnswer> = {}) =>
      core.dispatcher.answer({ executionId: execution.id, type: "choice", value: "Yes", ...more });
    return { core, begin, execution, ask, answer, end };
  }

  it("gives each question its own id in the event, the record and the answer", async () => {
    const { core, execution, ask, answer } = await running();
    const ids: string[] = [];
    for (let time = 0; time < 2; time++) {
      const asked = nextEvent(core.events, "user-input-required");
      const given = ask();
      const event = await asked;
      assert.ok(event.type === "user-input-required");
      const { questionId } = event;
      assert.equal(recordOf(execution).pendingInput?.questionId, questionId);
      assert.equal(responseOf(execution).questionId, questionId);
      const accepted = nextEvent(core.events, "input-accepted");
      assert.deepEqual(answer({ questionId }), { success: true, executionId: execution.id, questionId });
      assert.equal(await given, "Yes");
      const told = await accepted;
      assert.equal(told.type === "input-accepted" && told.questionId, questionId);
      ids.push(questionId);
    }
    assert.notEqual(ids[0], ids[1]);
  });

  it("accepts an answer without an id only for the first question of an execution", async () => {
    const { execution, ask, answer } = await running();
    const first = ask();
    answer();
    assert.equal(await first, "Yes");
    assert.throws(answer, { code: "CONFLICT" }, "nothing is asked between two questions");
    const second = ask();
    assert.throws(answer, { code: "CONFLICT", message: /questionId/ });
    const { questionId } = execution.pendingInput ?? {};
    assert.ok(questionId !== undefined, "the question is still open");
    answer({ questionId, value: "No" });
    assert.equal(await second, "No");
  });

  it("rejects the id of any other question, without revealing the right one", async () => {
    const { core, execution, ask, answer } = await running();
    const first = ask();
    const before = execution.pendingInput?.questionId ?? "";
    answer({ questionId: before });
    await first;
    assert.throws(() => answer({ questionId: before }), { code: "CONFLICT" });
    void ask().catch(() => undefined);
    const open = execution.pendingInput?.questionId ?? "";
    for (const questionId of [before, "q-0"]) {
      assert.throws(
        () => answer({ questionId }),
        (error) => error instanceof Error && !`${error.message}${JSON.stringify(error)}`.includes(open),
      );
    }
    assert.equal(execution.status, "waiting-input");
    core.dispatcher.dispose();
  });

  it("remembers that an execution has asked before, however many others ask in the meantime", async () => {
    const { begin, ask, answer, core } = await running();
    const first = ask();
    answer();
    await first;
    for (let other = 0; other < 1100; other++) {
      const { execution, ask: askElsewhere } = await begin(`session-${other}`);
      const given = askElsewhere();
      core.dispatcher.answer({ executionId: execution.id, type: "choice", value: "No" });
      await given;
    }
    void ask().catch(() => undefined);
    assert.throws(answer, { code: "CONFLICT" });
    core.dispatcher.dispose();
  });

  it("answers with the refusal at the deadline, and rejects a later answer", async () => {
    const { core, execution, ask, answer, end } = await running(5);
    const expired = nextEvent(core.events, "input-expired");
    const asked = nextEvent(core.events, "user-input-required");
    assert.equal(await ask(), "No");
    const [question, event] = [await asked, await expired];
    assert.ok(question.type === "user-input-required" && event.type === "input-expired");
    assert.equal(event.questionId, question.questionId);
    assert.throws(answer, { code: "CONFLICT" });
    assert.throws(() => answer({ questionId: question.questionId }), { code: "CONFLICT" });
    end();
    await execution.settled;
  });

  it("accepts the first of two simultaneous answers, and rejects the second with CONFLICT", async () => {
    const { execution, ask, answer, end } = await running();
    const asked = ask();
    const { questionId } = execution.pendingInput ?? {};
    assert.equal(answer({ questionId, value: "Yes" }).success, true);
    assert.throws(() => answer({ questionId, value: "No" }), { code: "CONFLICT" });
    assert.equal(await asked, "Yes");
    end();
    await execution.settled;
  });

  it("rejects with NOT_FOUND for an execution that never asked, and for an unknown one", async () => {
    const { answer } = await running();
    assert.throws(answer, { code: "NOT_FOUND" });
    assert.throws(() => answer({ executionId: "exec-1-9" }), { code: "NOT_FOUND" });
  });

  it("allows one open question for each execution", async () => {
    const { core, execution, ask } = await running();
    const first = ask();
    const open = execution.pendingInput;
    await assert.rejects(ask(), /one question at a time/);
    assert.equal(execution.pendingInput, open);
    assert.equal(core.inputs.openCount, 1);
    core.dispatcher.dispose();
    await assert.rejects(first);
    assert.equal(core.inputs.openCount, 0);
  });
});
