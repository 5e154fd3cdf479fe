import assert from "node:assert/strict";
import { chatResponseSchema } from "../../../../src/protocol/chat.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { KiroBridge } from "./kiroBridge.ts";
import { eventsIn, lateAnswer } from "./chatRig.ts";

const WORDS = 20;

describe("POST /kiro/chat as a stream", () => {
  let handlers: KiroBridge;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  after(() => handlers.dispose());

  const headers = { Accept: "text/event-stream" };

  it("sends each delta, then the whole answer", async () => {
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

  it("sends a retract when the CLI discards text", async () => {
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

  it("sends a question and its answer", async () => {
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

  it("ends with the error body when the turn fails", async () => {
    const last = eventsIn((await lateAnswer(handlers, "stream", headers)).text).at(-1);
    assert.deepEqual([last?.name, last?.data["code"]], ["error", "OPERATION_TIMEOUT"]);
  });
});
