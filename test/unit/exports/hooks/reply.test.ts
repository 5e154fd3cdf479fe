import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import { createWebhook } from "../../../../src/exports/hooks/webhook.ts";
import { webhookSchema } from "../../../../src/exports/hooks/webhookSettings.ts";
import type { DestinationPorts } from "../../../../src/exports/ports.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { endFactOf, FACT_TIME, factOf } from "../../../support/exports/facts.ts";
import { never, type Script, ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import { freePort } from "../../../support/programs/freePort.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const QUESTION_MS = 300_000;
const question = factOf({
  type: "user-input-required",
  executionId: "exec-1",
  questionId: "q-1",
  prompt: "May the agent run `npm test`?",
  inputType: "choice",
  choices: ["allow_once", "reject_once"],
  timeoutMs: QUESTION_MS,
});
const running = new AbortController().signal;
const reply = (inputValue: unknown): string => JSON.stringify({ reply: { inputValue } });

describe("A reply to a question", () => {
  let store: DisposableStore;
  let open: AbortController;
  let answered: unknown[];
  beforeEach(() => {
    store = new DisposableStore();
    open = new AbortController();
    answered = [];
  });
  afterEach(() => store.dispose());

  const serve = async (...script: readonly Script[]) => store.add(await ScriptedServer.start(...script));
  const hookTo = (url: string, changes: Partial<DestinationPorts> = {}, settings: object = {}) => {
    const ports = destinationPorts(store, {
      now: () => FACT_TIME,
      watchQuestion: () => (open.signal.aborted ? undefined : open.signal),
      answer: (...call) => {
        answered.push(call);
        return Promise.resolve(undefined);
      },
      ...changes,
    });
    const element = { name: "mine", kind: "webhook", url, signed: false, content: "all", replies: true, ...settings };
    return store.add(createWebhook(webhookSchema.parse(element), ports));
  };

  it("answers the question of the event, and the receiver knows until when", async () => {
    const server = await serve({ body: reply("allow_once") });
    const receipt = await hookTo(server.url).send([question], running);
    assert.deepEqual(answered, [["exec-1", "q-1", "allow_once"]]);
    const { host } = new URL(server.url);
    assert.deepEqual(receipt, { outcome: "sent", detail: `${host} answered 200. Its reply was accepted.` });
    const { data } = server.at(0).json as { data: { replyUntil: string; event: { choices: string[] } } };
    assert.equal(data.replyUntil, new Date(FACT_TIME + QUESTION_MS).toISOString());
    assert.deepEqual(data.event.choices, ["allow_once", "reject_once"]);
  });

  it("is told why it was not accepted", async () => {
    const server = await serve({ body: reply("anything") });
    const hook = hookTo(server.url, { answer: () => Promise.resolve("It is none of the choices.") });
    const { detail } = await hook.send([question], running);
    assert.match(detail ?? "", /not accepted: It is none of the choices\./);
  });

  it("is told without the secrets that a choice may have", async () => {
    const server = await serve({ body: reply("anything") });
    const changes: Partial<DestinationPorts> = {
      answer: () => Promise.resolve("Expected 'key opaque-1234'."),
      redact: (text) => text.replaceAll("opaque-1234", "(hidden)"),
    };
    const { detail } = await hookTo(server.url, changes).send([question], running);
    assert.match(detail ?? "", /not accepted: Expected 'key \(hidden\)'\./);
  });

  const withoutReply = {
    "no body": "",
    text: "ok",
    "other JSON": '{"ok":true}',
    "a list": "[]",
    "half of JSON": '{"ok',
  };
  for (const [what, body] of Object.entries(withoutReply)) {
    it(`is not needed: ${what} is a success`, async () => {
      const server = await serve({ body });
      const { outcome, detail } = await hookTo(server.url).send([question], running);
      assert.equal(outcome, "sent");
      assert.match(detail ?? "", /It sent no reply/);
      assert.deepEqual(answered, []);
    });
  }

  const wrongForms = {
    "a number": reply(1),
    "an empty text": reply(""),
    "more than an answer may have": reply("a".repeat(100_001)),
    "another property": JSON.stringify({ reply: { inputValue: "allow_once", executionId: "exec-2" } }),
    "a text without its name": JSON.stringify({ reply: "allow_once" }),
    "half of JSON": '{"reply": {"inputValue": "allow_once"',
  };
  for (const [what, body] of Object.entries(wrongForms)) {
    it(`is not taken in another form: ${what}`, async () => {
      const server = await serve({ body });
      const { outcome, detail } = await hookTo(server.url).send([question], running);
      assert.equal(outcome, "sent");
      assert.match(detail ?? "", /not accepted: it is not of the form/);
      assert.deepEqual(answered, []);
    });
  }

  it("is not taken from an answer that is a failure", async () => {
    const server = await serve({ status: 500, body: reply("allow_once") });
    await assert.rejects(hookTo(server.url).send([question], running), DeliveryFailure);
    assert.deepEqual(answered, []);
  });

  it("is not taken where the user does not allow it", async () => {
    const server = await serve({ body: reply("allow_once") });
    await hookTo(server.url, {}, { replies: false }).send([question], running);
    assert.deepEqual(answered, []);
    assert.ok(!server.at(0).body.includes("replyUntil"));
  });

  it("is not taken for other events", async () => {
    const server = await serve({ body: reply("allow_once") });
    await hookTo(server.url).send([endFactOf("exec-1")], running);
    assert.deepEqual(answered, []);
  });

  it("is not taken for a question that is no longer open, which is an event like others", async () => {
    const server = await serve({ body: reply("allow_once") });
    open.abort();
    assert.equal((await hookTo(server.url).send([question], running)).outcome, "sent");
    assert.deepEqual(answered, []);
    assert.ok(!server.at(0).body.includes("replyUntil"));
  });

  it("may take as long as the question is open", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    const person = Promise.withResolvers<void>();
    const server = await serve({ headUntil: person.promise, body: reply("reject_once") });
    const sent = hookTo(server.url).send([question], running);
    const { closed } = await server.request(0);
    clock.pass(QUESTION_MS - 1000);
    assert.equal(closed.aborted, false);
    person.resolve();
    await sent;
    assert.deepEqual(answered, [["exec-1", "q-1", "reject_once"]]);
  });

  it("is not waited for after that, and other events are not waited for that long", async () => {
    const clock = TestClock.stopped();
    store.defer(() => clock.release());
    const server = await serve({ headUntil: never }, { headUntil: never });
    const hook = hookTo(server.url);
    for (const [index, fact, ms] of [
      [0, question, QUESTION_MS + 20_000],
      [1, endFactOf("exec-1"), 20_000],
    ] as const) {
      const sent = hook.send([fact], running);
      const { closed } = await server.request(index);
      clock.pass(ms - 1);
      assert.equal(closed.aborted, false);
      clock.pass(1);
      await assert.rejects(sent, (error) => error instanceof DeliveryFailure && error.kind === "passing");
    }
  });

  it("is waited for until the question was answered elsewhere, and the receiver sees the end of its connection", async () => {
    const server = await serve({ headUntil: never });
    const sent = hookTo(server.url).send([question], running);
    const { closed } = await server.request(0);
    open.abort();
    assert.deepEqual(await sent, { outcome: "sent", detail: "The question was answered elsewhere." });
    await until(() => closed.aborted, "the end of the connection");
    assert.deepEqual(answered, []);
  });

  it("cannot come from a receiver that is not there, which gets the event later like others", async () => {
    const port = await freePort();
    const sent = hookTo(`http://127.0.0.1:${port}/`).send([question], running);
    await assert.rejects(sent, (error) => error instanceof DeliveryFailure && error.kind === "passing");
  });

  it("ends with the delivery", async () => {
    const watched: AbortSignal[] = [];
    const watchQuestion: DestinationPorts["watchQuestion"] = (_execution, _question, signal) => {
      watched.push(signal);
      return open.signal;
    };
    const server = await serve({ headUntil: never }, { body: "" });
    const stop = new AbortController();
    const hook = hookTo(server.url, { watchQuestion });
    const sent = hook.send([question], stop.signal);
    await server.request(0);
    stop.abort(new Error("the bridge stops"));
    await assert.rejects(sent, /the bridge stops/);
    await hook.send([question], running);
    assert.deepEqual(
      watched.map(({ aborted }) => aborted),
      [true, true],
    );
  });
});
