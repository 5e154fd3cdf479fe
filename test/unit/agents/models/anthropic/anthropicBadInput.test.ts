import assert from "node:assert/strict";
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
import { AnthropicRig } from "./anthropicRig.ts";

/** Number of requests at a time. */
const PARALLEL = 24;

/** A short answer with everything that can be cut. */
const SHORT = Buffer.from(
  [
    namedEvent("message_start", { message: { usage: { input_tokens: 1 } } }),
    namedEvent("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    namedEvent("content_block_delta", { index: 0, delta: { type: "text_delta", text: "é🌍" } }),
    namedEvent("content_block_stop", { index: 0 }),
    namedEvent("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } }),
    namedEvent("message_stop"),
  ]
    .map(sseEvent)
    .join(""),
);

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

  for (const [way, cut] of [
    ["with its connection", (at: number) => ({ body: SHORT, cutAt: at })],
    ["as if it were whole", (at: number) => ({ body: SHORT.subarray(0, at) })],
  ] as const) {
    it(`finds an answer that ends ${way} at any byte, unless only its last event is missing`, async () => {
      const headers = { "content-type": "text/event-stream" };
      server.otherwise = ({ json }) => ({ headers, ...cut(Number(Reflect.get(Object(json), "model"))) });
      const of = rig.wire();
      const resultAt = async (at: number) =>
        await rig.step({ model: String(at) }, of).then(
          ({ result }) => result.parts,
          (error: unknown) => error,
        );
      const whole = SHORT.indexOf("event: message_stop");
      const expected = await resultAt(SHORT.length);
      assert.ok(Array.isArray(expected), String(expected));
      for (let from = 0; from < SHORT.length; from += PARALLEL) {
        const offsets = Array.from({ length: Math.min(PARALLEL, SHORT.length - from) }, (_, index) => from + index);
        const results = await Promise.all(offsets.map(resultAt));
        for (const [index, result] of results.entries()) {
          const at = from + index;
          if (at >= whole) assert.deepEqual(result, expected, `cut at ${at}`);
          // One byte less lacks the empty line after the event, which is a line break and may be missing at the very end.
          else if (at < whole - 1 || result instanceof Error) {
            assert.ok(result instanceof ModelFailure, `${JSON.stringify(result)} at ${at}`);
            assert.equal(result.kind, "cut", `${result.message} at ${at}`);
          } else assert.deepEqual(result, expected, `cut at ${at}`);
        }
      }
    });
  }

  it("reads an answer that comes in pieces of one byte", async () => {
    const answer = { text: "Grüße 🌍", calls: [{ id: "t1", name: "list", arguments: '{"name":"é"}' }] };
    server.reply({ body: [...Buffer.from(messagesStream(answer))].map((byte) => Buffer.from([byte])) });
    const { text, result } = await rig.step();
    assert.equal(text, "Grüße 🌍");
    assert.deepEqual(result.parts.at(-1), { type: "call", id: "t1", name: "list", arguments: '{"name":"é"}' });
  });

  it("hands on arguments in pieces of one character, and those that are no JSON", async () => {
    const text = '{"path": "a';
    server.reply(anthropicMessages({ calls: [{ id: "t1", name: "list", arguments: text.split("") }] }));
    assert.deepEqual((await rig.step()).result.parts, [{ type: "call", id: "t1", name: "list", arguments: text }]);
  });

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

  it("refuses an event that is no JSON", async () => {
    server.reply({ body: `event: message_start\ndata: {"type":\n\n` });
    await rig.fails("protocol", /invalid JSON/);
  });

  it("refuses a web page, whatever its status", async () => {
    const page = { headers: { "content-type": "text/html" }, body: "<!doctype html><h1>Login</h1>" };
    server.reply({ ...page }, { status: 403, ...page }, { status: 502, ...page });
    await rig.fails("protocol", /web page \(200\).*'baseUrl'/);
    await rig.fails("protocol", /web page \(403\)/);
    assert.equal((await rig.fails("overloaded", /web page \(502\)/)).isPassing, true);
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
});
