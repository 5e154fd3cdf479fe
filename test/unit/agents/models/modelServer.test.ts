import assert from "node:assert/strict";
import { Readable } from "node:stream";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { anthropicMessages } from "../../../support/models/forms/anthropicMessages.ts";
import { openAiChat } from "../../../support/models/forms/openAiChat.ts";
import { openAiResponses } from "../../../support/models/forms/openAiResponses.ts";
import { ModelServer, never } from "../../../support/models/modelServer.ts";

const ANSWER = {
  reasoning: "Short.",
  text: ["Good ", "morning"],
  calls: [{ id: "call_1", name: "read_file", arguments: ['{"path":', '"a.txt"}'] }],
  usage: { input: 20, cached: 8, output: 7, reasoning: 3 },
};

/** What the other helpers of these tests rely on. */
describe("The scripted server of models", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  it("answers in turn, and records what it was asked", async () => {
    server.reply({ status: 429, headers: { "retry-after": "2" }, body: "slow" }, { body: '{"a":1}' });
    const first = await fetch(`${server.url}/x?y=1`, { method: "POST", body: '{"n":1}', headers: { "x-a": "b" } });
    assert.deepEqual([first.status, first.headers.get("retry-after"), await first.text()], [429, "2", "slow"]);
    assert.deepEqual(await (await fetch(server.url)).json(), { a: 1 });
    const { method, url, headers, json, body } = server.at(0);
    assert.deepEqual(
      [method, url, headers["x-a"], json, body.toString()],
      ["POST", "/x?y=1", "b", { n: 1 }, '{"n":1}'],
    );
    assert.equal((await fetch(server.url)).status, 500);
  });

  it("cuts a body at each byte", async () => {
    for (let cutAt = 0; cutAt <= 6; cutAt += 1) {
      server.reply({ body: ["abc", "def"], cutAt });
      assert.deepEqual(await readUntilCut(server.url), { text: "abcdef".slice(0, cutAt), isCut: true });
    }
    server.reply({ body: ["abc", "def"] });
    assert.deepEqual(await readUntilCut(server.url), { text: "abcdef", isCut: false });
  });

  it("holds a body until it is told, or never answers", async () => {
    const hold = Promise.withResolvers<void>();
    server.reply({ body: "abcdef", hold: { at: 2, until: hold.promise } });
    const { body } = await fetch(server.url);
    assert.ok(body);
    const reader = body.getReader();
    assert.equal(Buffer.from((await reader.read()).value ?? "").toString(), "ab");
    hold.resolve();
    assert.equal(Buffer.from((await reader.read()).value ?? "").toString(), "cdef");

    server.reply({ headUntil: never });
    const leaving = new AbortController();
    const waiting = fetch(server.url, { signal: leaving.signal });
    const { closed } = await server.request(1);
    const gone = new Promise((resolve) => closed.addEventListener("abort", resolve));
    leaving.abort();
    await assert.rejects(waiting, { name: "AbortError" });
    await gone;
  });

  it("speaks the chat protocol to the official SDK", async () => {
    server.otherwise = openAiChat(ANSWER);
    const client = new OpenAI({ baseURL: server.url, apiKey: "k", maxRetries: 0 });
    const request = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };
    const streamed = await client.chat.completions
      .stream({ ...request, stream_options: { include_usage: true } })
      .finalChatCompletion();
    const whole = await client.chat.completions.create(request);
    for (const { choices, usage } of [streamed, whole]) {
      assert.equal(choices[0]?.message.content, "Good morning");
      const [call] = choices[0].message.tool_calls ?? [];
      assert.deepEqual(call?.type === "function" && call.function.arguments, '{"path":"a.txt"}');
      assert.equal(choices[0].finish_reason, "tool_calls");
      assert.deepEqual([usage?.prompt_tokens, usage?.prompt_tokens_details?.cached_tokens], [20, 8]);
    }
  });

  it("speaks the protocol of responses to the official SDK", async () => {
    server.otherwise = openAiResponses(ANSWER);
    const client = new OpenAI({ baseURL: server.url, apiKey: "k", maxRetries: 0 });
    const streamed = await client.responses.stream({ model: "m", input: "Hi" }).finalResponse();
    const whole = await client.responses.create({ model: "m", input: "Hi" });
    assert.deepEqual(
      streamed.output.map((item) => item.type),
      ["reasoning", "message", "function_call"],
    );
    assert.equal(streamed.output_text, "Good morning");
    assert.equal(whole.output_text, "Good morning");
    assert.deepEqual(streamed.usage, whole.usage);
    assert.equal(whole.usage?.output_tokens_details.reasoning_tokens, 3);
  });

  it("speaks the protocol of messages to the official SDK", async () => {
    server.otherwise = anthropicMessages(ANSWER);
    const client = new Anthropic({ baseURL: server.url, apiKey: "k", maxRetries: 0 });
    const request = { model: "m", max_tokens: 9, messages: [{ role: "user" as const, content: "Hi" }] };
    const streamed = await client.messages.stream(request).finalMessage();
    const whole = await client.messages.create(request);
    assert.deepEqual(streamed.content, whole.content);
    assert.deepEqual(
      whole.content.map((block) => block.type),
      ["thinking", "text", "tool_use"],
    );
    assert.deepEqual(
      [whole.stop_reason, whole.usage.input_tokens, whole.usage.cache_read_input_tokens],
      ["tool_use", 12, 8],
    );
  });
});

async function readUntilCut(url: string): Promise<{ text: string; isCut: boolean }> {
  const { body } = await fetch(url);
  let text = "";
  try {
    for await (const piece of body ?? Readable.from([])) text += Buffer.from(piece).toString();
    return { text, isCut: false };
  } catch {
    return { text, isCut: true };
  }
}
