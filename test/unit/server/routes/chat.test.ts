import assert from "node:assert/strict";
import * as z from "zod";
import {
  chatAcceptedSchema,
  chatQuestionSchema,
  chatResponseSchema,
  sessionListSchema,
} from "../../../../src/protocol/chat.ts";
import { chatStreamPayloads } from "../../../../src/protocol/openapi/eventSchemas.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { nextEvent } from "../../../support/events.ts";
import type { Answer } from "../../../support/httpClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { KiroBridge } from "./kiroBridge.ts";

const WORDS = 20;

interface Told {
  readonly id: number;
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** The events of a stream that has ended, each as the OpenAPI document says. */
function eventsIn(text: string): Told[] {
  const told = readEvents(text);
  for (const { name, data } of told) {
    const schema = Object.entries(chatStreamPayloads).find(([known]) => known === name)?.[1];
    assert.ok(schema !== undefined, name);
    schema.strict().parse(data);
  }
  return told;
}

function readEvents(text: string): Told[] {
  return text
    .split("\n\n")
    .filter((block) => block.includes("data:"))
    .map((block) => ({
      id: Number(/^id: (\d+)$/mu.exec(block)?.[1]),
      name: /^event: (.*)$/mu.exec(block)?.[1] ?? "",
      data: z.record(z.string(), z.unknown()).parse(JSON.parse(/^data: (.*)$/mu.exec(block)?.[1] ?? "{}")),
    }));
}

describe("POST /kiro/chat", () => {
  let handlers: KiroBridge;
  let clock: TestClock | undefined;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  afterEach(() => clock?.release());
  after(() => handlers.dispose());

  /** The answer to a prompt about which the CLI talks on and on, when 150 ms are over, which is all that it gets. */
  async function lateAnswer(session: string, headers = {}): Promise<Answer> {
    clock = TestClock.stopped();
    const talks = nextEvent(handlers.rig.events, "command-output", (event) =>
      /more-\d+-1 /u.test(JSON.stringify(event)),
    );
    const answering = handlers.chat({ prompt: fake("cancel", { chunkMs: 2 }), session, timeoutMs: 150 }, headers);
    await talks;
    clock.pass(150);
    return await answering;
  }

  it("answers as the original client expects, under both names of the prompt", async () => {
    for (const [index, body] of [{ prompt: "Hello Kiro" }, { message: "Hello again" }].entries()) {
      const answer = await handlers.chat({ ...body, session: "seed" });
      assert.equal(answer.status, 200);
      const chat = chatResponseSchema.parse(answer.json);
      assert.equal(chat.message, expectedAnswer(index + 1, Object.values(body)[0] ?? "", WORDS));
      assert.deepEqual([chat.success, chat.stopReason, chat.simulated], [true, "end_turn", true]);
      assert.match(chat.sessionId ?? "", /^sess-\d+$/u);
    }
  });

  it("refuses what is no chat, naming the field", async () => {
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

  it("says that the CLI failed in a 200 answer, with the text so far", async () => {
    const answer = await handlers.chat({ prompt: `Break ${fake("crash")}` });
    const chat = chatResponseSchema.parse(answer.json);
    assert.deepEqual([answer.status, chat.success, chat.code], [200, false, "COMMAND_EXECUTION_FAILED"]);
    assert.match(chat.message, /^Answer \d+ to: Break/u);
  });

  it("answers 408 at the caller's deadline, with the text so far", async () => {
    await handlers.chat({ prompt: "Warm up", session: "late" });
    const answer = await lateAnswer("late");
    assert.deepEqual([answer.status, answer.json["code"], answer.json["success"]], [408, "OPERATION_TIMEOUT", false]);
    assert.match(String(answer.json["output"]), /more-2-1/u);
  });

  it("answers 202 when the CLI asks, and goes on when it is told", async () => {
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

  it("does not let an answer to one question grant the next", async () => {
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

  describe("with an Idempotency-Key", () => {
    const turnsOf = (prompt: string) =>
      handlers.rig.log.records("turn").filter((turn) => String(turn["prompt"]).startsWith(prompt)).length;

    it("asks the CLI once, also while it speaks", async () => {
      const headers = { "Idempotency-Key": "chat once" };
      const ask = (body: object) => handlers.chat({ session: "once", ...body }, headers);
      const answers = await Promise.all([ask({ prompt: "Once only" }), ask({ message: "Once only" })]);
      answers.push(await ask({ prompt: "Once only" }));
      assert.deepEqual(
        answers.map(({ status, text }) => [status, text]),
        answers.map(() => [200, answers[0]?.text]),
      );
      assert.equal(turnsOf("Once only"), 1);
      assert.equal((await ask({ prompt: "Something else" })).status, 409);
    });

    it("gives a repeated stream from its beginning, and the plain answer to who wants that", async () => {
      const headers = { Accept: "text/event-stream", "Idempotency-Key": "stream once" };
      const body = { prompt: "Stream once", session: "once" };
      const first = eventsIn((await handlers.chat(body, headers)).text);
      const again = eventsIn((await handlers.chat(body, headers)).text);
      assert.deepEqual(again, first);
      assert.deepEqual([again[0]?.name, again.at(-1)?.name], ["started", "done"]);
      const plain = await handlers.chat(body, { "Idempotency-Key": "stream once" });
      assert.deepEqual(plain.json, first.at(-1)?.data);
      assert.equal(turnsOf("Stream once"), 1);
    });

    it("says in a repeated stream that its events are gone, and still how it ended", async () => {
      const headers = { Accept: "text/event-stream", "Idempotency-Key": "long ago" };
      const body = { prompt: "Long ago", session: "once" };
      const first = eventsIn((await handlers.chat(body, headers)).text);
      const { executionId } = chatResponseSchema.parse(first.at(-1)?.data);
      for (let count = 0; count < 10_000; count++)
        handlers.rig.events.append({ type: "status-changed", status: "busy" });
      handlers.rig.executions.clear();
      const again = eventsIn((await handlers.chat(body, headers)).text);
      assert.deepEqual(
        again.map(({ name }) => name),
        ["events-lost", "done"],
      );
      const { message, success, isTruncated, ...rest } = chatResponseSchema.parse(again.at(-1)?.data);
      assert.deepEqual([message, success, isTruncated, rest.executionId], ["", true, true, executionId]);
    });

    it("is another request than an execute with the same key", async () => {
      const request = { command: "kiro.cli.chat", args: ["Same words"] };
      const keyed = { idempotencyKey: "both doors", request, identity: { execute: request } };
      await (await handlers.rig.dispatcher.submitOnce(keyed)).execution.settled;
      const answer = await handlers.chat({ prompt: "Same words" }, { "Idempotency-Key": "both doors" });
      assert.deepEqual([answer.status, answer.json["code"]], [409, "CONFLICT"]);
    });
  });

  it("may be repeated with the same Idempotency-Key when the CLI could not be started", async () => {
    let isTrusted = false;
    const untrusted = await new KiroBridge({}, { isTrusted: () => isTrusted }).listen();
    const ask = () => untrusted.chat({ prompt: "Now?" }, { "Idempotency-Key": "later" });
    const first = await ask();
    assert.deepEqual([first.status, first.json["recoverable"]], [503, true]);
    isTrusted = true;
    const second = await ask();
    assert.deepEqual([second.status, second.json["message"]], [200, expectedAnswer(1, "Now?", WORDS)]);
    await untrusted.dispose();
  });

  it("answers at once with 202 and the place to look when the caller prefers so", async () => {
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

  describe("as a stream", () => {
    const headers = { Accept: "text/event-stream" };

    it("tells each piece, then the whole", async () => {
      const answer = await handlers.chat({ prompt: "Stream", session: "stream" }, headers);
      assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "text/event-stream"]);
      const told = eventsIn(answer.text);
      const whole = expectedAnswer(1, "Stream", WORDS);
      assert.equal(
        told
          .filter(({ name }) => name === "delta")
          .map(({ data }) => data["text"])
          .join(""),
        whole,
      );
      assert.deepEqual([told[0]?.name, told.at(-1)?.name], ["started", "done"]);
      const ids = told.map(({ id }) => id);
      assert.deepEqual(
        ids,
        ids.toSorted((one, other) => one - other),
      );
      assert.equal(
        ids.at(-1),
        handlers.rig.events.read(0).events.findLast(({ type }) => type === "command-completed")?.eventId,
      );
      assert.equal(chatResponseSchema.parse(told.at(-1)?.data).message, whole);
    });

    it("tells when a piece is taken back", async () => {
      const answer = await handlers.chat({ prompt: fake("discard"), session: "discard" }, headers);
      const told = eventsIn(answer.text);
      let text = "";
      for (const { name, data } of told) {
        if (name === "delta") text += String(data["text"]);
        if (name === "retract") text = text.slice(0, text.length - Number(data["length"]));
      }
      assert(told.some(({ name }) => name === "retract"));
      assert.equal(text, told.at(-1)?.data["message"]);
    });

    it("tells a question, and its answer, on the way", async () => {
      const stop = handlers.rig.events.onDidAppend((event) => {
        if (event.type !== "user-input-required") return;
        const { executionId } = event;
        queueMicrotask(() => handlers.rig.dispatcher.answer({ executionId, type: "choice", value: "No" }));
      });
      const answer = await handlers.chat({ prompt: fake("tool"), session: "stream" }, headers);
      await stop.dispose();
      const told = eventsIn(answer.text);
      const names = told.map(({ name }) => name);
      for (const name of ["tool", "question", "input-accepted", "delta", "done"]) assert(names.includes(name), name);
      assert(names.indexOf("question") < names.indexOf("input-accepted"));
      const ids = told.filter(({ data }) => "questionId" in data).map(({ data }) => String(data["questionId"]));
      assert.equal(ids.length, 2);
      assert.match(ids[0] ?? "", /^q-/u);
      assert.equal(ids[0], ids[1]);
    });

    it("ends with the error body when the turn could not be brought to its end", async () => {
      const last = eventsIn((await lateAnswer("stream", headers)).text).at(-1);
      assert.deepEqual([last?.name, last?.data["code"]], ["error", "OPERATION_TIMEOUT"]);
    });
  });

  describe("with a JSON Schema", () => {
    const schema = {
      type: "object",
      properties: {
        score: { type: "integer", minimum: 0, maximum: 100 },
        notes: { type: "array", items: { type: "string" } },
      },
      required: ["score", "notes"],
      additionalProperties: false,
    };
    const ask = (text: string) => handlers.chat({ prompt: fakeSay(text), session: "json", schema });

    it("gives the JSON of the answer, fenced or bare, when it fits", async () => {
      const value = { score: 7, notes: ["a ``` b"] };
      const text = JSON.stringify(value);
      for (const said of [`Here it is:\n\n\`\`\`json\n${text}\n\`\`\`\nDone.`, text, `Sure: ${text}, as you wished.`]) {
        const answer = await ask(said);
        assert.deepEqual([answer.status, answer.json["success"], answer.json["json"]], [200, true, value], said);
        assert.equal(answer.json["message"], said);
      }
    });

    it("is no success when there is none, or it does not fit; the message stays as it was", async () => {
      for (const said of [
        "No JSON today.",
        '{"score":101,"notes":[]}',
        '{"score":1}',
        '```json\n{"score":1,"notes":["x"],}\n```',
      ]) {
        const { json } = await ask(said);
        assert.deepEqual([json["success"], json["json"], json["message"]], [false, undefined, said], said);
        assert.equal(typeof json["error"], "string");
      }
    });

    it("is no success, and holds nobody up, when its pattern takes for ever", async () => {
      const slow = { type: "object", properties: { name: { type: "string", pattern: "^(\\w+\\s?)+$" } } };
      const prompt = fakeSay(JSON.stringify({ name: `${"a".repeat(60)}!` }));
      clock = TestClock.stopped();
      const isSaid = nextEvent(handlers.rig.events, "command-completed");
      const asked = handlers.chat({ prompt, session: "json", schema: slow });
      const isAnswered = asked.then(() => true);
      await isSaid;
      let others = 0;
      while (!(await Promise.race([isAnswered, handlers.call("/kiro/sessions").then(() => false)]))) {
        others++;
        clock.pass(300);
      }
      assert.ok(others > 5, `${others} others were answered meanwhile`);
      const { status, json } = await asked;
      assert.deepEqual([status, json["success"], json["code"]], [200, false, "COMMAND_EXECUTION_FAILED"]);
      assert.match(
        String(json["error"]),
        /could not be checked against the schema: it takes longer than \d+ ms; a pattern/,
      );
    });

    it("is no success when it is nested too deep to be passed on", async () => {
      const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
      const { json } = await handlers.chat({ prompt: fakeSay(deep), session: "json", schema: {} });
      assert.deepEqual([json["success"], json["message"]], [false, deep]);
      assert.match(String(json["error"]), /nested deeper than 100 levels/);
    });

    it("tells the CLI what is wanted", () => {
      const prompts = handlers.rig.log.records("turn").map(({ prompt }) => String(prompt));
      assert(
        prompts.some(
          (prompt) =>
            prompt.endsWith(`fits this JSON Schema:\n${JSON.stringify(schema)}`) ||
            prompt.includes(JSON.stringify(schema)),
        ),
      );
    });
  });

  it("lists the sessions, and closes one by id", async () => {
    await handlers.chat({ prompt: "Still there?", session: "seed" });
    const list = sessionListSchema.parse((await handlers.call("/kiro/sessions")).json);
    const seed = list.sessions.find(({ name }) => name === "seed");
    assert.equal(seed?.transport, "acp");
    const closed = await handlers.call(`/kiro/sessions/${seed?.id}`, { method: "DELETE" });
    assert.deepEqual([closed.status, closed.json], [200, { closed: true, sessionId: seed?.id }]);
    await until(() => !handlers.rig.kiro.sessions().some(({ name }) => name === "seed"));
    assert.equal((await handlers.call("/kiro/sessions/sess-0", { method: "DELETE" })).status, 404);
    const { sessionId } = chatResponseSchema.parse((await handlers.chat({ prompt: "Hi", session: "by name" })).json);
    const byName = await handlers.call("/kiro/sessions/by%20name", { method: "DELETE" });
    assert.deepEqual([byName.status, byName.json], [200, { closed: true, sessionId }]);
  });

  it("denies the sessions with the commands that do the same", async () => {
    const list = async () => (await handlers.call("/kiro/sessions")).status;
    const close = async () => (await handlers.call("/kiro/sessions/sess-0", { method: "DELETE" })).status;
    handlers.deny("kiro.cli.listSessions");
    assert.deepEqual([await list(), await close()], [403, 404]);
    handlers.deny("kiro.cli.closeSession");
    assert.deepEqual([await list(), await close()], [200, 403]);
    handlers.deny("nothing");
  });
});
