import assert from "node:assert/strict";
import { createOpenAiChat } from "../../../../../src/agents/models/openai/chat/openAiChat.ts";
import { createOpenAiResponses } from "../../../../../src/agents/models/openai/responses/openAiResponses.ts";
import type { PassedCall } from "../../../../../src/agents/models/wire.ts";
import type { RawOutcome } from "../../../../../src/agents/models/wire.ts";
import type { RawHead } from "../../../../../src/core/models/modelCall.ts";
import { failureOf } from "../../../../support/models/failedSteps.ts";
import { chatCompletion, chatStream } from "../../../../support/models/forms/openAiChat.ts";
import { responsesStream } from "../../../../support/models/forms/openAiResponses.ts";
import { ModelServer, never } from "../../../../support/models/modelServer.ts";
import { NO_ABORT, wireOptions } from "../../../../support/models/wireOptions.ts";

const ANSWER = { text: ["Good ", "morning"], usage: { input: 20, output: 7 }, model: "big-2026" };
const USED = { inputTokens: 20, outputTokens: 7, cachedInputTokens: 0, reasoningTokens: 0 };

interface Passed {
  readonly head: RawHead | undefined;
  readonly text: string;
  readonly outcome: RawOutcome;
}

describe("A request that passes through OpenAI's wires", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const pass = async (call: Partial<PassedCall> = {}, ...keys: string[]): Promise<Passed> => {
    const create = call.wire === "openai-responses" ? createOpenAiResponses : createOpenAiChat;
    const wire = create(wireOptions({ baseUrl: `${server.url}/v1`, headers: { "x-org": "1" } }, ...keys));
    assert.ok(wire.pass);
    let head: RawHead | undefined;
    let text = "";
    const whole: PassedCall = {
      kind: "raw",
      wire: "openai-chat",
      path: "/chat/completions",
      method: "POST",
      model: "big",
      body: { messages: [], model: "engine/big", stream: true, unknown_field: { a: [1, null] } },
      headers: { "x-client": "yes" },
      onHead: (given) => (head = given),
      onBytes: async (bytes) => void (text += Buffer.from(bytes).toString()),
      ...call,
    };
    const outcome = await wire.pass(whole, NO_ABORT);
    return { head, text, outcome };
  };

  it("is unchanged but for model and key, and so is its answer", async () => {
    const headers = {
      "content-type": "text/event-stream; charset=utf-8",
      "x-request-id": "req_1",
      "x-ratelimit-remaining-tokens": "5",
      "set-cookie": "a=b",
      "openai-organization": "org-1",
    };
    const stream = `: hello\n\n${chatStream(ANSWER)}`;
    server.reply({ headers, body: stream });
    const { head, text, outcome } = await pass({}, "key-1");
    assert.equal(text, stream);
    assert.deepEqual(head, {
      status: 200,
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "x-request-id": "req_1",
        "x-ratelimit-remaining-tokens": "5",
      },
    });
    assert.deepEqual(outcome, { status: 200, usage: USED, model: "big-2026" });
    const request = server.at(0);
    assert.equal(request.body.toString(), '{"messages":[],"model":"big","stream":true,"unknown_field":{"a":[1,null]}}');
    const { authorization, "x-client": client, "x-org": org } = request.headers;
    assert.deepEqual([request.url, authorization, client, org], ["/v1/chat/completions", "Bearer key-1", "yes", "1"]);
  });

  it("tells what it has used, in every form", async () => {
    const usageOf = async (body: string, call: Partial<PassedCall> = {}) => {
      server.reply({ body });
      return (await pass(call)).outcome;
    };
    const responses = { wire: "openai-responses", path: "/responses" } as const;
    assert.deepEqual(await usageOf(JSON.stringify(chatCompletion(ANSWER))), {
      status: 200,
      usage: USED,
      model: "big-2026",
    });
    assert.deepEqual(await usageOf(responsesStream(ANSWER), responses), {
      status: 200,
      usage: USED,
      model: "big-2026",
    });
    const embeddings = JSON.stringify({ data: [], model: "e", usage: { prompt_tokens: 3, total_tokens: 3 } });
    const expected = { status: 200, usage: { inputTokens: 3, outputTokens: 0 }, model: "e" };
    assert.deepEqual(await usageOf(embeddings, { path: "/embeddings" }), expected);
    const uncounted = await usageOf(chatStream(ANSWER, false));
    assert.equal(uncounted.usage?.isEstimated, true);
    assert.ok(uncounted.usage.outputTokens >= 3);
    assert.deepEqual(await usageOf("{}", { method: "GET", path: "/models", body: undefined }), {
      status: 200,
      usage: undefined,
      model: undefined,
    });
    assert.equal(server.at(-1).method, "GET");
    assert.equal(server.at(-1).body.length, 0);
  });

  it("tells what it has used of an answer in pieces of one byte, and of none that is too long to be looked at", async () => {
    server.reply({ body: Array.from(Buffer.from(chatStream(ANSWER)), (byte) => Uint8Array.of(byte)) });
    assert.deepEqual((await pass()).outcome.usage, USED);
    const long = JSON.stringify({ ...chatCompletion(ANSWER), padding: "x".repeat(5 * 1024 * 1024) });
    server.reply({ body: long });
    const { text, outcome } = await pass();
    assert.equal(text.length, long.length);
    assert.equal(outcome.usage, undefined);
  });

  it("hands on the vendor's errors as they are, after another key was tried", async () => {
    const error = '{"error":{"message":"no","type":"invalid_request_error","param":"x","code":"y"}}';
    server.reply({ status: 429, headers: { "retry-after": "7", "content-type": "application/json" }, body: error });
    const { head, text, outcome } = await pass({}, "key-1");
    assert.deepEqual(head, { status: 429, headers: { "content-type": "application/json", "retry-after": "7" } });
    assert.equal(text, error);
    assert.deepEqual(outcome, { status: 429, usage: undefined, model: undefined });

    server.reply({ status: 401, body: "{}" }, { body: chatStream(ANSWER) });
    assert.equal((await pass({}, "key-1", "key-2")).outcome.status, 200);
    assert.equal(server.at(-1).headers["authorization"], "Bearer key-2");
  });

  it("fails if there is no answer of the vendor, or it breaks off", async () => {
    const body = chatStream(ANSWER);
    server.reply({ headers: { "content-type": "text/html" }, body: "<html>" }, { body, cutAt: 300 });
    server.reply({ status: 302, headers: { location: "http://192.0.2.1/" } });
    for (const kind of ["protocol", "cut", "protocol"]) assert.equal((await failureOf(pass())).kind, kind);
  });

  it("tells what it has used of an answer that breaks off, as an estimate where the vendor has not said", async () => {
    const unfinished: Pick<RawOutcome, "usage" | "model">[] = [];
    const onUnfinished: PassedCall["onUnfinished"] = (used) => void unfinished.push(used);
    const chat = chatStream(ANSWER);
    server.reply({ body: chat, cutAt: chat.indexOf('"finish_reason":"stop"') });
    assert.equal((await failureOf(pass({ onUnfinished }))).kind, "cut");
    const response = responsesStream(ANSWER);
    server.reply({ body: response, cutAt: response.indexOf("event: response.completed") });
    const wire = "openai-responses";
    assert.equal((await failureOf(pass({ wire, path: "/responses", onUnfinished }))).kind, "cut");
    for (const { usage, model } of unfinished) {
      assert.equal(model, "big-2026");
      assert.ok(usage?.isEstimated === true && usage.outputTokens >= 3, JSON.stringify(usage));
    }
    assert.equal(unfinished.length, 2);
  });

  it("reads no faster than its client, and ends with it", async () => {
    let sent = 0;
    const pieces = function* () {
      for (; sent < 1000; sent += 1) yield `data: ${"x".repeat(64 * 1024)}\n\n`;
    };
    server.reply({ body: pieces() });
    const leaving = new AbortController();
    const wire = createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1` }));
    const began = Promise.withResolvers<void>();
    const passing = wire.pass?.(
      {
        kind: "raw",
        wire: "openai-chat",
        path: "/chat/completions",
        method: "POST",
        model: "big",
        body: {},
        headers: {},
        onHead: () => undefined,
        onBytes: async () => {
          began.resolve();
          await Promise.race([never, new Promise((resolve) => leaving.signal.addEventListener("abort", resolve))]);
          leaving.signal.throwIfAborted();
        },
      },
      leaving.signal,
    );
    await began.promise;
    const reason = new Error("gone");
    leaving.abort(reason);
    await assert.rejects(passing ?? Promise.resolve(), reason);
    const { closed } = server.at(0);
    if (!closed.aborted) await new Promise((resolve) => closed.addEventListener("abort", resolve));
    assert.ok(sent < 500, `${sent} pieces were sent to a client that has read one`);
  });
});
