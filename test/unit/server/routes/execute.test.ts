import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { Question } from "../../../../src/core/ports.ts";
import { executeResponseSchema } from "../../../../src/protocol/executions.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

const question: Question = { prompt: "Which?", inputType: "choice", choices: ["left", "right"], safeAnswer: "left" };

describe("POST /api/kiro/execute", () => {
  let bridge: TestBridge;
  let release: (value: unknown) => void;
  let runs: number;

  beforeEach(async () => {
    runs = 0;
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: `you said ${await context.ask(question)}` });
    const held = Promise.withResolvers<unknown>();
    release = held.resolve;
    const count = (): number => ++runs;
    bridge = await startTestBridge({
      agent,
      lanes: { concurrency: 1, maxQueued: 1 },
      commands: { "test.count": count, "test.held": () => held.promise },
    });
  });

  afterEach(async () => {
    release(undefined);
    await bridge.dispose();
  });

  it("returns the result of the command", async () => {
    const answer = await bridge.execute({ command: "test.echo", params: [{ a: [1, null, "x"] }] });
    assert.equal(answer.status, 200);
    const body = executeResponseSchema.parse(answer.json);
    assert.deepEqual(body.result, { a: [1, null, "x"] });
    assert.equal(body.output, '{"a":[1,null,"x"]}');
    assert.equal(body.success, true);
    assert.equal(body.status, "completed");
    assert.match(body.executionId, /^exec-\d+-\d+-[a-z0-9]{6}$/);
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(answer.headers["x-powered-by"], undefined);
    assert.equal(answer.headers.etag, undefined);
  });

  it("responds immediately with 202 and a Location when the caller prefers so", async () => {
    const answer = await bridge.execute({ command: "test.held" }, { Prefer: "wait=10, respond-async" });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers["preference-applied"], "respond-async");
    const { executionId, status, success } = executeResponseSchema.parse(answer.json);
    assert.equal(answer.headers.location, `/api/kiro/executions/${executionId}`);
    assert.equal(success, false);
    assert.match(status, /^(queued|running)$/);
    release("done");
    await bridge.core.executions.get(executionId)?.settled;
    const record = await bridge.call(answer.headers.location);
    assert.deepEqual(
      [record.json["output"], record.json["id"], record.json["executionId"]],
      ["done", executionId, executionId],
    );
  });

  it("runs once for one Idempotency-Key, also while it is running", async () => {
    const headers = { "Idempotency-Key": "once only" };
    const held = [1, 2].map(() => bridge.execute({ command: "test.held" }, headers));
    release("one");
    const [first, second] = await Promise.all(held);
    assert.equal(first?.json["executionId"], second?.json["executionId"]);
    for (let time = 0; time < 3; time++)
      await bridge.execute({ command: "test.count" }, { "Idempotency-Key": "count" });
    assert.equal(runs, 1);
  });

  it("rejects an invalid key at every endpoint", async () => {
    for (const path of ["/api/kiro/execute", "/kiro/chat"]) {
      for (const key of ["", "x".repeat(256), "caf\u00e9"]) {
        const body = path === "/kiro/chat" ? { prompt: "hi" } : { command: "test.count" };
        const answer = await bridge.call(path, { body, headers: { "Idempotency-Key": key } });
        assert.deepEqual([answer.status, Object(answer.json["context"]).field], [400, "Idempotency-Key"], key);
      }
    }
    assert.equal(runs, 0);
    assert.equal(bridge.core.executions.all.size, 0);
  });

  it("responds with the queue length and Retry-After when the queue is full", async () => {
    const first = await bridge.execute({ command: "test.held" }, { Prefer: "respond-async" });
    const second = await bridge.execute({ command: "test.count" }, { Prefer: "respond-async" });
    const third = await bridge.execute({ command: "test.count" });
    assert.equal(third.status, 429);
    assert.equal(third.json["code"], "RATE_LIMIT_EXCEEDED");
    assert.deepEqual(third.json["context"], { limit: 1, queued: 1 });
    assert.equal(third.headers["retry-after"], "1");
    assert.equal(second.json["status"], "queued");
    release(undefined);
    await bridge.core.executions.get(String(second.json["executionId"]))?.settled;
    assert.equal(first.status, 202);
    assert.equal(runs, 1);
  });

  it("rejects what the policy denies, and names the rule", async () => {
    const answer = await bridge.execute({ command: "account.deleteAccount" });
    assert.equal(answer.status, 403);
    assert.equal(answer.json["success"], false);
    const { rule } = Object(answer.json["context"]);
    assert.deepEqual(rule, { setting: "kiroBridge.commands.deny", pattern: "*deleteAccount*" });
  });

  it("continues without a client that disconnects", async () => {
    const agent = new Agent();
    const call = bridge.call("/api/kiro/execute", { body: { command: "test.held" }, agent });
    const started = Promise.withResolvers<void>();
    const watch = bridge.core.executions.onDidChange(({ status }) => status === "running" && started.resolve());
    await started.promise;
    await watch.dispose();
    agent.destroy();
    await assert.rejects(call);
    const [execution] = bridge.core.executions.active;
    release("nobody listens");
    await execution?.settled;
    assert.equal(execution?.output.text, "nobody listens");
  });

  it("responds 202 when the execution asks, accepts the first valid answer and continues", async () => {
    const asked = await bridge.execute({ command: "kiro.cli.chat", args: ["hi"] });
    assert.equal(asked.status, 202);
    assert.equal(asked.headers["preference-applied"], undefined);
    const { executionId, questionId, requiresInput, prompt, inputType, choices, status } = executeResponseSchema.parse(
      asked.json,
    );
    assert.deepEqual(
      { requiresInput, prompt, inputType, choices, status },
      {
        requiresInput: true,
        prompt: "Which?",
        inputType: "choice",
        choices: ["left", "right"],
        status: "waiting-input",
      },
    );
    const input = (value: string) => bridge.call("/api/kiro/input", { body: { value, type: "choice", executionId } });
    const wrong = await input("up");
    assert.equal(wrong.status, 400);
    assert.equal(wrong.json["success"], undefined);
    const { id, pendingInput } = (await bridge.call(`/api/kiro/executions/${executionId}`)).json;
    const contradiction = { value: "right", id, executionId: "exec-1-1", inputType: "choice" };
    assert.equal((await bridge.call("/api/kiro/input", { body: contradiction })).status, 400);
    const asRead = { value: "right", id, inputType: Object(pendingInput).inputType };
    const answered = await bridge.call("/api/kiro/input", { body: asRead });
    assert.deepEqual(answered.json, { success: true, executionId, questionId });
    assert.equal((await input("left")).status, 409);
    await bridge.core.executions.get(executionId)?.settled;
    assert.equal((await bridge.call(`/api/kiro/executions/${executionId}`)).json["output"], "you said right");
  });

  it("responds NOT_FOUND to an answer without a question", async () => {
    const body = { value: "yes", type: "confirmation", executionId: "exec-1-1" };
    assert.equal((await bridge.call("/api/kiro/input", { body })).status, 404);
    assert.equal((await bridge.call("/api/kiro/input", { body: { ...body, value: "" } })).status, 400);
  });

  it("responds to waiting clients when the bridge stops", async () => {
    const waiting = bridge.execute({ command: "test.held" });
    const started = Promise.withResolvers<void>();
    bridge.core.executions.onDidChange(({ status }) => status === "running" && started.resolve());
    await started.promise;
    const stopped = bridge.dispose();
    const answer = await waiting;
    assert.equal(answer.status, 503);
    assert.equal(answer.json["code"], "KIRO_UNAVAILABLE");
    assert.equal(answer.json["success"], false);
    assert.deepEqual(
      [answer.json["status"], answer.json["context"]],
      ["interrupted", { reason: "not_running", cause: "bridge-stopping" }],
    );
    assert.ok(answer.json["executionId"]);
    await stopped;
  });
});
