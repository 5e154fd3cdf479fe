import assert from "node:assert/strict";
import { createAnthropic } from "../../../../../src/agents/models/anthropic/createAnthropic.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import type { StepEvent } from "../../../../../src/core/models/step.ts";
import {
  anthropicMessages,
  messagesEvents,
  messagesStream,
} from "../../../../support/models/forms/anthropicMessages.ts";
import { namedEvent, sseEvent } from "../../../../support/models/forms/events.ts";
import { ModelServer } from "../../../../support/models/modelServer.ts";
import { NO_ABORT, stepRequest, textOf } from "../../../../support/models/wireOptions.ts";
import { describeBadInput } from "../../../../support/models/wireTests.ts";
import { AnthropicRig } from "./anthropicRig.ts";

const MB = 1024 * 1024;

describeBadInput({
  settings: { wire: "anthropic" },
  basePath: "",
  create: createAnthropic,
  streamOf: messagesStream,
  // A delta of a block would need its beginning.
  deltaOf: (text) => sseEvent(namedEvent("future_delta", { text })),
  overloaded: sseEvent(namedEvent("error", { error: { type: "overloaded_error", message: "Overloaded" } })),
  broken: "event: message_start\ndata: {broken\n\n",
  keyOf: (headers) => headers["x-api-key"],
});

describe("Bad input in the protocol of Anthropic", () => {
  let server: ModelServer;
  let rig: AnthropicRig;
  beforeEach(async () => {
    server = await ModelServer.start();
    rig = new AnthropicRig(server);
  });
  afterEach(async () => await server.dispose());

  const bodyWith = (...events: readonly unknown[]) => {
    const whole = messagesStream({ text: "Hi" });
    const at = whole.indexOf("event: message_delta");
    const more = events.map((event) => `event: x\ndata: ${JSON.stringify(event)}\n\n`).join("");
    return whole.slice(0, at) + more + whole.slice(at);
  };

  it("ignores events, blocks and pieces of kinds that it does not know", async () => {
    const events = [
      { type: "billing_notice", index: "x" },
      { type: "content_block_start", index: 7, content_block: { type: "hologram", text: 5 } },
      { type: "content_block_delta", index: 7, delta: { type: "hologram_delta", light: true } },
      { type: "content_block_stop", index: 7 },
      null,
      "text",
    ];
    server.reply({ body: bodyWith(...events) });
    const { text, result } = await rig.step();
    assert.equal(text, "Hi");
    assert.deepEqual(result.parts.at(-1), {
      type: "opaque",
      wire: "anthropic",
      model: "test-model",
      data: { type: "hologram", text: 5 },
    });
  });

  it("puts blocks in the order of their numbers, in whatever order they arrive", async () => {
    const begun = (index: number) =>
      namedEvent("content_block_start", { index, content_block: { type: "text", text: "" } });
    const piece = (index: number, text: string) =>
      namedEvent("content_block_delta", { index, delta: { type: "text_delta", text } });
    const ended = (index: number) => namedEvent("content_block_stop", { index });
    const [head, ...tail] = messagesEvents({}).map(sseEvent);
    const events = [begun(1), piece(1, "B"), begun(0), piece(0, "A"), piece(1, "b"), ended(0), ended(1)];
    server.reply({ body: [head, ...events.map(sseEvent), ...tail].join("") });
    const { result } = await rig.step();
    assert.deepEqual(result.parts, [
      { type: "text", text: "A" },
      { type: "text", text: "Bb" },
    ]);
  });

  for (const [what, event, message] of [
    ["a block that begins twice", { type: "content_block_start", index: 0, content_block: { type: "text" } }, /twice/],
    [
      "a piece of no block",
      { type: "content_block_delta", index: 3, delta: { type: "text_delta", text: "x" } },
      /begun/,
    ],
    ["a piece of a block that has ended", { type: "content_block_delta", index: 0, delta: { type: "x" } }, /had ended/],
    ["the end of no block", { type: "content_block_stop", index: 9 }, /begun/],
    ["a number that is none", { type: "content_block_stop", index: "0" }, /without its fields/],
    [
      "a call without a name",
      { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "a" } },
      /name/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      server.reply({ body: bodyWith(event) });
      await rig.fails("protocol", message);
    });
  }

  it("refuses two calls with one ID, whose results could not be told apart", async () => {
    const call = { id: "t1", name: "list", arguments: "{}" };
    server.reply(anthropicMessages({ calls: [call, call] }));
    await rig.fails("protocol", /one ID/);
  });

  it("says what a status means", async () => {
    const error = (type: string, message: string) => JSON.stringify({ type: "error", error: { type, message } });
    server.reply(
      { status: 429, headers: { "retry-after": "7" }, body: error("rate_limit_error", "Slow down") },
      { status: 529, body: error("overloaded_error", "Overloaded") },
      { status: 404, body: error("not_found_error", "model: test-model") },
      { status: 400, body: error("invalid_request_error", "messages.0: all messages must have content") },
      { status: 400, body: error("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum") },
      { status: 400, body: error("invalid_request_error", "Your credit balance is too low to access the API.") },
    );
    const limited = await rig.fails("rate-limited", /Slow down/);
    assert.deepEqual([limited.options.retryAfterMs, limited.options.status, limited.isPassing], [7000, 429, true]);
    assert.equal((await rig.fails("overloaded", /529/)).isPassing, true);
    await rig.fails("not-found", /no model 'test-model'/);
    assert.equal((await rig.fails("invalid", /must have content/)).options.parameter, "messages.0");
    await rig.fails("too-long", /too long/);
    await rig.fails("forbidden", /no credit/);
  });

  it("knows an error inside the stream, after the text so far", async () => {
    const failure = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    const body = messagesStream({ text: ["Good ", "morning"] });
    const at = body.indexOf("event: content_block_stop");
    server.reply({ body: `${body.slice(0, at)}event: error\ndata: ${JSON.stringify(failure)}\n\n` });
    const events: StepEvent[] = [];
    await assert.rejects(
      async () => {
        for await (const event of rig.wire().stream(stepRequest(), NO_ABORT)) events.push(event);
      },
      (error) => error instanceof ModelFailure && error.kind === "overloaded" && error.isPassing,
    );
    assert.equal(textOf(events), "Good morning");
  });

  it("does not wait for the end of the connection after that of the answer", async () => {
    const body = messagesStream({ text: "Hi" });
    server.reply({ body, hold: { at: body.length } });
    assert.equal((await rig.step()).text, "Hi");
    await rig.closed(0);
  });

  it("stops reading an answer of 100 MB, in one event and in many", async () => {
    const piece = (text: string) =>
      sseEvent(namedEvent("content_block_delta", { index: 0, delta: { type: "text_delta", text } }));
    const head = messagesStream({ text: "Hi" }).split("event: content_block_stop")[0] ?? "";
    function* manyEvents() {
      yield head;
      for (let sent = 0; sent < 100 * MB; sent += MB) yield piece("x".repeat(MB));
    }
    function* oneEvent() {
      yield 'event: message_start\ndata: {"x":"';
      for (let sent = 0; sent < 100 * MB; sent += MB) yield "x".repeat(MB);
    }
    server.reply({ body: manyEvents() }, { body: oneEvent() });
    await rig.fails("too-large", /larger than|too large/);
    await rig.closed(0);
    await rig.fails("too-large", /too large/);
    await rig.closed(1);
  });

  it("cuts the body of an error", async () => {
    function* body() {
      for (let sent = 0; sent < 100 * MB; sent += MB) yield "x".repeat(MB);
    }
    server.reply({ status: 500, headers: { "content-type": "text/plain" }, body: body() });
    await rig.fails("overloaded", /500/);
    await rig.closed(0);
  });

  it("leaves out what the server does not have, and remembers it", async () => {
    const invalid = (message: string) => ({
      status: 400,
      body: JSON.stringify({ error: { type: "invalid_request_error", message } }),
    });
    const of = rig.wire();
    const fields = { answerSchema: { type: "object" }, reasoningEffort: "low" } as const;
    server.reply(
      invalid("max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for test-model"),
      invalid("output_config.format: Extra inputs are not permitted"),
      invalid("output_config.effort: Extra inputs are not permitted"),
      anthropicMessages({ text: "{}" }),
      anthropicMessages({ text: "{}" }),
    );
    await rig.step(fields, of);
    await rig.step(fields, of);
    const bodies = server.requests.map(({ json }) => JSON.stringify(json));
    assert.equal(bodies.length, 5);
    assert.equal(bodies[3], bodies[4]);
    assert.match(bodies[3] ?? "", /"max_tokens":8192,"system":"Answer with JSON/);
    assert.doesNotMatch(bodies[3] ?? "", /output_config|thinking/);
    server.reply(invalid("max_tokens: 9000 > 8192, which is the maximum"));
    await assert.rejects(rig.step({ maxOutputTokens: 9000 }, of), { kind: "invalid" });
  });
});
