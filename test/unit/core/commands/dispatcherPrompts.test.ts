import assert from "node:assert/strict";
import type { Outcome, RunContext } from "../../../../src/core/ports.ts";
import { BridgeError, type ErrorCode } from "../../../../src/protocol/errors.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";

const withCode = (code: ErrorCode) => (error: unknown) => error instanceof BridgeError && error.code === code;

describe("Dispatcher, prompts for the Kiro CLI", () => {
  it("routes by the id alone, and runs one turn at a time for each session", async () => {
    const agent = new FakeAgent();
    const open: string[] = [];
    let most = 0;
    agent.turn = async (task) => {
      open.push(task.session ?? "default");
      most = Math.max(most, open.filter((name) => name === "a").length);
      await new Promise(setImmediate);
      open.splice(open.indexOf(task.session ?? "default"), 1);
      return { kind: "completed", output: task.args[0] ?? "" };
    };
    const { dispatcher } = makeCore({ agent });
    const executions = await Promise.all(
      ["1", "2", "3"].map((prompt) => dispatcher.submit({ command: prompt, target: "cli", session: "a" })),
    );
    await Promise.all(executions.map(({ settled }) => settled));
    assert.deepEqual(
      executions.map((execution) => execution.output.text),
      ["1", "2", "3"],
    );
    assert.equal(executions[0]?.task.command, "kiro.cli.chat");
    assert.equal(most, 1);
  });

  it("resolves for the caller when the run asks, and again at the end", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: await askPermission(context) });
    const { dispatcher } = makeCore({ agent });
    const execution = await dispatcher.submit({ command: "kiro.cli.chat", args: ["go"] });
    await execution.answered;
    assert.equal(responseOf(execution).requiresInput, true);
    assert.deepEqual(execution.pendingInput?.choices, ["Yes", "No"]);
    const answer = { type: "choice", executionId: execution.id } as const;
    assert.throws(() => dispatcher.answer({ ...answer, value: "Maybe" }), withCode("VALIDATION_FAILED"));
    assert.throws(() => dispatcher.answer({ ...answer, type: "text", value: "Yes" }), withCode("VALIDATION_FAILED"));
    dispatcher.answer({ ...answer, value: "Yes" });
    assert.throws(() => dispatcher.answer({ ...answer, value: "No" }), withCode("CONFLICT"));
    await execution.settled;
    assert.equal(execution.output.text, "Yes");
    assert.throws(() => dispatcher.answer({ ...answer, executionId: "exec-1-9", value: "x" }), withCode("NOT_FOUND"));
  });

  it("answers with the refusal when no answer comes in time", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: await askPermission(context) });
    const { dispatcher, events } = makeCore({ agent, inputTimeoutMs: 10 });
    const execution = await dispatcher.submit({ command: "kiro.cli.chat", args: ["go"] });
    await execution.settled;
    assert.equal(execution.output.text, "No");
    assert.ok(events.read(0).events.some(({ type }) => type === "input-expired"));
  });

  it("retracts what the CLI discards", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.output("Kept. ");
      context.output("Half of");
      context.retract(7);
      context.output("The whole.");
      return { kind: "completed" };
    };
    const execution = await makeCore({ agent }).dispatcher.submit({ command: "kiro.cli.chat", args: ["go"] });
    await execution.settled;
    assert.equal(execution.output.text, "Kept. The whole.");
  });

  it("reports an internal error without its details, which go to the log", async () => {
    const agent = new FakeAgent();
    agent.turn = () => Promise.reject(new Error("ENOENT: /home/somebody/secret"));
    const execution = await makeCore({ agent }).dispatcher.submit({ command: "kiro.cli.chat", args: ["go"] });
    await execution.settled;
    assert.equal(execution.failure?.code, "INTERNAL_ERROR");
    assert.ok(execution.end.error?.includes(execution.id));
    assert.ok(!JSON.stringify(responseOf(execution)).includes("secret"));
  });

  it("cancels a run that observes its signal, and reports how", async () => {
    const agent = new FakeAgent();
    agent.turn = (_task, { signal }) =>
      new Promise<Outcome>((resolve) => {
        signal.addEventListener("abort", () => resolve({ kind: "cancelled", how: "cooperative" }));
      });
    const { dispatcher } = makeCore({ agent });
    const execution = await dispatcher.submit({ command: "kiro.cli.chat", args: ["go"] });
    assert.deepEqual(await dispatcher.cancel(execution.id), { status: "cancelled", how: "cooperative" });
  });

  it("cancels a run at its deadline, and keeps the partial text", async () => {
    const agent = new FakeAgent();
    agent.turn = (_task, context) => {
      const { signal } = context;
      context.output("half an ans");
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const { dispatcher } = makeCore({ agent });
    const execution = await dispatcher.submit({ command: "kiro.cli.chat", args: ["go"], timeoutMs: 15 });
    await execution.settled;
    assert.equal(execution.failure?.code, "OPERATION_TIMEOUT");
    assert.equal(execution.output.text, "half an ans");
  });
});

function askPermission(context: RunContext): Promise<string> {
  return context.ask({ prompt: "Allow?", inputType: "choice", choices: ["Yes", "No"], safeAnswer: "No" });
}
