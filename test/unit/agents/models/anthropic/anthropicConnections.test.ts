import assert from "node:assert/strict";
import { anthropicMessages, messagesStream } from "../../../../support/models/forms/anthropicMessages.ts";
import { namedEvent, sseEvent } from "../../../../support/models/forms/events.ts";
import { ModelServer, never } from "../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest } from "../../../../support/models/wireOptions.ts";
import { AnthropicRig } from "./anthropicRig.ts";

const MB = 1024 * 1024;

describe("A connection in the protocol of Anthropic", () => {
  let server: ModelServer;
  let rig: AnthropicRig;
  beforeEach(async () => {
    server = await ModelServer.start();
    rig = new AnthropicRig(server);
  });
  afterEach(async () => await server.dispose());

  it("asks once for another key when one is rejected in the middle of a conversation", async () => {
    const of = rig.wire(60_000, "key-1", "key-2");
    const rejected = { status: 401, body: '{"error":{"type":"authentication_error","message":"invalid x-api-key"}}' };
    server.reply(anthropicMessages({ text: "one" }), rejected, anthropicMessages({ text: "two" }));
    assert.equal((await rig.step({}, of)).text, "one");
    assert.equal((await rig.step({}, of)).text, "two");
    assert.deepEqual(
      server.requests.map(({ headers }) => headers["x-api-key"]),
      ["key-1", "key-1", "key-2"],
    );
    server.reply(rejected, rejected);
    await rig.fails("unauthorized", /rejects the key \(401\).*Set Key of a Model/, of);
    assert.equal(server.requests.length, 5);
  });

  it("does not follow a redirect, which would take the key elsewhere", async () => {
    const other = await ModelServer.start();
    try {
      server.reply({ status: 307, headers: { location: `${other.url}/v1/messages` } });
      await rig.fails("protocol", /redirects elsewhere \(307\)/);
      assert.equal(other.requests.length, 0);
    } finally {
      await other.dispose();
    }
  });

  it("gives up on a server that says nothing, before its answer and in it, and closes the connection", async () => {
    server.reply({ headUntil: never });
    await rig.fails("silent", /said nothing/, rig.wire(40));
    await rig.closed(0);
    server.reply({ body: messagesStream({ text: "Hi" }), hold: { at: 500 } });
    await rig.fails("silent", /said nothing/, rig.wire(40));
    await rig.closed(1);
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

  it("throws the reason of its signal, whenever it aborts, and closes the connection", async () => {
    const reason = new Error("stop it");
    server.reply({ headUntil: never }, { body: messagesStream({ text: "Hi" }), hold: { at: 700 } });
    for (const index of [0, 1]) {
      const controller = new AbortController();
      const reading = (async () => {
        for await (const event of rig.wire().stream(stepRequest(), controller.signal))
          if (event.type === "text") controller.abort(reason);
      })();
      const rejected = assert.rejects(reading, reason);
      await server.request(index);
      if (index === 0) controller.abort(reason);
      await rejected;
      await rig.closed(index);
    }
    await assert.rejects(collected(rig.wire().stream(stepRequest(), AbortSignal.abort(reason))), reason);
    assert.equal(server.requests.length, 2);
  });

  it("closes the connection when its reader leaves", async () => {
    server.reply({ body: messagesStream({ text: "Hi" }), hold: { at: 700 } });
    for await (const event of rig.wire().stream(stepRequest(), NO_ABORT)) if (event.type === "text") break;
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
