import assert from "node:assert/strict";
import { chatResponseSchema } from "../../../../src/protocol/chat.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { KiroBridge } from "./kiroBridge.ts";
import { eventsIn } from "./chatRig.ts";

const WORDS = 20;

describe("POST /kiro/chat with an Idempotency-Key", () => {
  let handlers: KiroBridge;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  after(() => handlers.dispose());

  const turnsOf = (prompt: string) =>
    handlers.rig.log.records("turn").filter((turn) => String(turn["prompt"]).startsWith(prompt)).length;

  it("asks the CLI once, also while it is answering", async () => {
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

  it("replays a repeated stream from its start, or returns the plain answer on request", async () => {
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

  it("reports in a repeated stream that its events are gone, and how it ended", async () => {
    const headers = { Accept: "text/event-stream", "Idempotency-Key": "long ago" };
    const body = { prompt: "Long ago", session: "once" };
    const first = eventsIn((await handlers.chat(body, headers)).text);
    const { executionId } = chatResponseSchema.parse(first.at(-1)?.data);
    for (let count = 0; count < 10_000; count++) handlers.rig.events.append({ type: "status-changed", status: "busy" });
    handlers.rig.executions.clear();
    const again = eventsIn((await handlers.chat(body, headers)).text);
    assert.deepEqual(
      again.map(({ name }) => name),
      ["events-lost", "done"],
    );
    const { message, success, isTruncated, ...rest } = chatResponseSchema.parse(again.at(-1)?.data);
    assert.deepEqual([message, success, isTruncated, rest.executionId], ["", true, true, executionId]);
  });

  it("conflicts with an execute request of the same key", async () => {
    const request = { command: "kiro.cli.chat", args: ["Same words"] };
    const keyed = { idempotencyKey: "both endpoints", request, identity: { execute: request } };
    await (await handlers.rig.dispatcher.submitOnce(keyed)).execution.settled;
    const answer = await handlers.chat({ prompt: "Same words" }, { "Idempotency-Key": "both endpoints" });
    assert.deepEqual([answer.status, answer.json["code"]], [409, "CONFLICT"]);
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
});
