import assert from "node:assert/strict";
import { chatAcceptedSchema, chatQuestionSchema, chatResponseSchema } from "../../../../src/protocol/chat.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { until } from "../../../support/until.ts";
import { KiroBridge } from "./kiroBridge.ts";
import { lateAnswer } from "./chatRig.ts";

const WORDS = 20;

describe("POST /kiro/chat", () => {
  let handlers: KiroBridge;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  after(() => handlers.dispose());

  it("answers as the original client expects, under both names of the prompt", async () => {
    for (const [index, body] of [{ prompt: "Hello Kiro" }, { message: "Hello again" }].entries()) {
      const answer = await handlers.chat({ ...body, session: "seed" });
      assert.equal(answer.status, 200);
      const chat = chatResponseSchema.parse(answer.json);
      assert.equal(chat.message, expectedAnswer(index + 1, Object.values(body)[0] ?? "", WORDS));
      assert.deepEqual([chat.success, chat.stopReason, chat.simulated], [true, "end_turn", true]);
      assert.match(chat.sessionId ?? "", /^sess-\d+$/u);
      assert.deepEqual(chat.usage, { credits: 0.02, contextPercent: 2.5 });
    }
  });

  it("rejects an invalid body, and names the field", async () => {
    const schema = { type: "object", properties: { a: { $ref: "https://example.org/else.json" } } };
    const wrong = [
      {},
      { prompt: " " },
      { prompt: "a", message: "b" },
      { prompt: "a", extra: 1 },
      { prompt: "a", schema },
    ];
    for (const body of wrong) {
      const answer = await handlers.chat(body);
      assert.deepEqual([answer.status, answer.json["code"]], [400, "VALIDATION_FAILED"], JSON.stringify(body));
    }
    assert.equal((await handlers.call("/kiro/chat")).status, 404);
  });

  it("reports a failure of the CLI in a 200 response, with the text so far", async () => {
    const answer = await handlers.chat({ prompt: `Break ${fake("crash")}` });
    const chat = chatResponseSchema.parse(answer.json);
    assert.deepEqual([answer.status, chat.success, chat.code], [200, false, "COMMAND_EXECUTION_FAILED"]);
    assert.match(chat.message, /^Answer \d+ to: Break/u);
  });

  it("responds 408 at the caller's deadline, with the text so far", async () => {
    await handlers.chat({ prompt: "Warm up", session: "late" });
    const answer = await lateAnswer(handlers, "late");
    assert.deepEqual([answer.status, answer.json["code"], answer.json["success"]], [408, "OPERATION_TIMEOUT", false]);
    assert.match(String(answer.json["output"]), /more-2-1/u);
  });

  it("responds 202 when the CLI asks, and continues after the answer", async () => {
    const answer = await handlers.chat({ prompt: `May I ${fake("tool")}`, session: "asking" });
    assert.equal(answer.status, 202);
    const question = chatQuestionSchema.parse(answer.json);
    assert.deepEqual([question.inputType, question.choices], ["choice", ["Yes", "Always", "No"]]);
    const input = { executionId: question.executionId, type: "choice", value: "Yes" };
    assert.equal((await handlers.call("/api/kiro/input", { body: input })).status, 200);
    await handlers.rig.executions.get(question.executionId)?.settled;
    const record = await handlers.call(String(answer.headers.location));
    assert.match(String(record.json["output"]), /^Answer 1 to: May I/u);
  });

  it("does not accept an answer to one question for the next", async () => {
    const asked = handlers.rig.events.onDidAppend((event) => {
      if (event.type === "user-input-required") questions.push(event.questionId);
    });
    const questions: string[] = [];
    const answer = await handlers.chat({ prompt: `Twice ${fake("perm-twice")}`, session: "twice" });
    const { executionId, questionId } = chatQuestionSchema.parse(answer.json);
    const input = (more: object = {}) =>
      handlers.call("/api/kiro/input", { body: { executionId, type: "choice", value: "Yes", ...more } });
    assert.equal((await input()).status, 200, "the first question needs no id");
    await until(() => questions.length === 2);
    for (const late of [{}, { questionId }]) {
      const refused = await input(late);
      assert.deepEqual([refused.status, refused.json["code"]], [409, "CONFLICT"]);
      assert.ok(!refused.text.includes(questions[1] ?? ""), "a blind retry must not learn the id");
    }
    const record = await handlers.call(`/api/kiro/executions/${executionId}`);
    assert.deepEqual(
      [record.json["status"], Object(record.json["pendingInput"]).questionId],
      ["waiting-input", questions[1]],
    );
    const told = await input({ questionId: questions[1], value: "No" });
    assert.deepEqual(told.json, { success: true, executionId, questionId: questions[1] });
    await handlers.rig.executions.get(executionId)?.settled;
    await asked.dispose();
    const replies = handlers.rig.log.records("permission").map(({ reply }) => reply);
    assert.deepEqual(replies.slice(-2), ["allow_once", "reject_once"]);
  });

  it("responds immediately with 202 and a Location when the caller prefers so", async () => {
    const headers = { Prefer: "respond-async", "Idempotency-Key": "async" };
    const body = { prompt: "Take your time", session: "async" };
    const answer = await handlers.chat(body, headers);
    assert.deepEqual([answer.status, answer.headers["preference-applied"]], [202, "respond-async"]);
    const accepted = chatAcceptedSchema.parse(answer.json);
    assert.equal(answer.headers.location, `/api/kiro/executions/${accepted.executionId}`);
    assert.deepEqual([accepted.status, accepted.success, accepted.message], ["running", false, ""]);
    const { message } = chatResponseSchema.parse((await handlers.chat(body, { "Idempotency-Key": "async" })).json);
    assert.equal(message, expectedAnswer(1, "Take your time", WORDS));
    assert.equal((await handlers.call(answer.headers.location)).json["output"], message);
    const again = chatAcceptedSchema.parse((await handlers.chat(body, headers)).json);
    assert.deepEqual([again.status, again.success, again.message], ["completed", true, message]);
  });
});
