import assert from "node:assert/strict";
import { createOpenAiChat } from "../../../../../../src/agents/models/openai/chat/openAiChat.ts";
import type { StepRequest, StepResult } from "../../../../../../src/core/models/step.ts";
import { sseData } from "../../../../../support/models/forms/events.ts";
import { failureOf } from "../../../../../support/models/failedSteps.ts";
import { ModelServer } from "../../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../../support/models/wireOptions.ts";

const chunk = (delta: object, finish?: string, more: object = {}) => ({
  choices: [{ index: 0, delta, finish_reason: finish ?? null }],
  ...more,
});
const call = (fields: object, args?: string) => chunk({ tool_calls: [{ ...fields, function: { arguments: args } }] });
const named = (fields: object, name: string, args = "") =>
  chunk({ tool_calls: [{ ...fields, function: { name, arguments: args } }] });
const END = chunk({}, "tool_calls");

describe("An answer in the chat protocol", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const step = async (request: Partial<StepRequest> = {}) =>
    await collected(
      createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1` })).stream(stepRequest(request), NO_ABORT),
    );
  const read = async (...chunks: readonly object[]) => {
    server.reply({ body: [...chunks.map(sseData), "data: [DONE]\n\n"] });
    return await step();
  };
  const callsOf = ({ parts }: StepResult) =>
    parts.flatMap((part) => (part.type === "call" ? [`${part.id} ${part.name} ${part.arguments}`] : []));

  it("puts calls together whose pieces come mixed and out of order", async () => {
    const { result, events } = await read(
      named({ index: 1, id: "b" }, "list"),
      named({ index: 0, id: "a" }, "read", "{"),
      call({ index: 1 }, "[]"),
      call({ index: 0 }, "}"),
      END,
    );
    assert.deepEqual(callsOf(result), ["a read {}", "b list []"]);
    assert.deepEqual(
      events.flatMap((event) => (event.type === "call-started" ? [event.id] : [])),
      ["b", "a"],
    );
  });

  it("tells calls apart that have the same index, or none", async () => {
    const same = await read(
      named({ index: 0, id: "a" }, "read", "{}"),
      named({ index: 0, id: "b" }, "list", "[]"),
      END,
    );
    assert.deepEqual(callsOf(same.result), ["a read {}", "b list []"]);
    const none = await read(
      named({ id: "a" }, "read", "{"),
      call({}, "}"),
      named({ id: "b" }, "list", "["),
      call({ id: "b" }, "]"),
      END,
    );
    assert.deepEqual(callsOf(none.result), ["a read {}", "b list []"]);
  });

  it("takes a name that is repeated in each piece once", async () => {
    const pieces = ["{", '"a":', "1}"].map((args) => named({ index: 0, id: "a" }, "read", args));
    assert.deepEqual(callsOf((await read(...pieces, END)).result), ['a read {"a":1}']);
  });

  it("gives calls without IDs, and with the same ID, IDs of their own", async () => {
    const { result, events } = await read(
      named({ index: 0 }, "read", "{}"),
      named({ index: 1, id: "" }, "read", "{}"),
      named({ index: 2, id: "x" }, "read", "{}"),
      named({ index: 3, id: "x" }, "read", "{}"),
      END,
    );
    assert.deepEqual(callsOf(result), ["call_1 read {}", "call_2 read {}", "x read {}", "x_4 read {}"]);
    const started = events.filter((event) => event.type === "call-started");
    assert.equal(started.length, 4);
  });

  it("does not take a call without a name, nor what has the wrong form", async () => {
    for (const chunks of [
      [call({ index: 0, id: "a" }, "{}"), END],
      [{ choices: "none" }],
      [{ choices: [{ delta: { content: 5 } }] }],
      [{ choices: [null] }],
    ])
      assert.equal((await failureOf(read(...chunks))).kind, "protocol");
  });

  it("says what a server answers instead of a stream", async () => {
    const failsAs = async (body: string) => {
      server.reply({ body });
      return await failureOf(step());
    };
    const error = await failsAs('{"error":{"message":"No such model","code":"model_not_found"}}');
    assert.equal(error.kind, "not-found");
    assert.match(error.message, /No such model/);
    assert.equal((await failsAs('{"choices":[{"message":{"content":"Yes"}}]}')).kind, "protocol");
    assert.equal((await failsAs("{broken")).kind, "protocol");
  });

  it("has no more calls than a step can have", async () => {
    const calls = Array.from({ length: 1001 }, (_, index) => named({ index, id: `c${index}` }, "read"));
    assert.equal((await failureOf(read(...calls, END))).kind, "too-large");
    assert.equal(callsOf((await read(...calls.slice(1), END)).result).length, 1000);
  });

  it("takes a `stop` after calls for what it is, and a refusal", async () => {
    assert.equal((await read(named({ index: 0, id: "a" }, "read"), chunk({}, "stop"))).result.finish, "tool-calls");
    const refused = await read(chunk({ refusal: "I will " }), chunk({ refusal: "not." }), chunk({}, "stop"));
    assert.equal(refused.result.finish, "refusal");
    assert.equal(refused.text, "I will not.");
    const cut = chunk({ refusal: "I will" });
    assert.equal((await failureOf(read(cut))).kind, "cut");
    assert.equal((await failureOf(read(chunk({ content: "a" }, "error")))).kind, "overloaded");
  });

  it("ignores other choices, and chunks without any", async () => {
    const other = { choices: [{ index: 1, delta: { content: "no" }, finish_reason: "length" }] };
    const { text, result } = await read(
      { choices: [] },
      { prompt_filter_results: [] },
      other,
      chunk({ content: "yes" }, "stop"),
    );
    assert.deepEqual([text, result.finish], ["yes", "stop"]);
  });

  it("counts as the vendor does, wherever it says so", async () => {
    const usageOf = async (usage: object, where: object = {}) =>
      (await read(chunk({ content: "a" }, "stop", where), { choices: [], usage })).result.usage;
    const base = { prompt_tokens: 10, completion_tokens: 4 };
    assert.deepEqual(await usageOf({ ...base, total_tokens: 14 }), { inputTokens: 10, outputTokens: 4 });
    // OpenRouter says what it has written to a cache.
    assert.deepEqual(await usageOf({ ...base, prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 } }), {
      inputTokens: 10,
      outputTokens: 4,
      cachedInputTokens: 3,
      cacheWriteTokens: 2,
    });
    const reasoning = { completion_tokens_details: { reasoning_tokens: 6 } };
    const apart = await usageOf({ ...base, total_tokens: 20, ...reasoning });
    assert.deepEqual(apart, { inputTokens: 10, outputTokens: 10, reasoningTokens: 6 });
    const within = await usageOf({ prompt_tokens: 10, completion_tokens: 9, total_tokens: 19, ...reasoning });
    assert.deepEqual(within, { inputTokens: 10, outputTokens: 9, reasoningTokens: 6 });
    // The last one counts for servers that count in each chunk.
    assert.equal((await usageOf(base, { usage: { prompt_tokens: 10, completion_tokens: 1 } })).outputTokens, 4);
    assert.equal((await usageOf({ prompt_tokens: "many" })).isEstimated, true);
  });

  it("returns the reasoning of the turn that goes on to servers that want it, and signatures always", async () => {
    const signature = { google: { thought_signature: "c2ln" } };
    const { result, events } = await read(
      chunk({ reasoning_content: "Let me ", reasoning: "Let me " }),
      chunk({ reasoning_content: "see", reasoning: "see" }),
      chunk({ reasoning_details: [{ type: "reasoning.text", index: 0, text: "Let me ", signature: null }] }),
      chunk({ reasoning_details: [{ type: "reasoning.text", index: 0, text: "see", signature: "sig" }] }),
      chunk({ reasoning_details: [{ type: "reasoning.encrypted", index: 1, data: "x" }] }),
      chunk({
        tool_calls: [{ index: 0, id: "a", function: { name: "read", arguments: "{}" }, extra_content: signature }],
      }),
      END,
    );
    assert.deepEqual(
      events.flatMap((event) => (event.type === "reasoning" ? [event.text] : [])),
      ["Let me ", "see"],
    );
    const details = [
      { type: "reasoning.text", index: 0, text: "Let me see", signature: "sig" },
      { type: "reasoning.encrypted", index: 1, data: "x" },
    ];
    const message = {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "a", type: "function", function: { name: "read", arguments: "{}" }, extra_content: signature },
      ],
      reasoning_details: details,
    };
    const turn: StepRequest["items"] = [
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", parts: result.parts },
      {
        role: "results",
        results: [{ callId: "a", name: "read", content: [{ type: "text", text: "1" }], isError: false }],
      },
    ];
    const sentWith = async (request: Partial<StepRequest>) => {
      server.reply({ body: [sseData(chunk({ content: "a" }, "stop"))] });
      await step(request);
      const { messages } = server.at(-1).json as { messages: readonly unknown[] };
      return messages[1];
    };
    assert.deepEqual(await sentWith({ items: turn }), {
      ...message,
      reasoning_content: "Let me see",
      reasoning: "Let me see",
    });
    const later = { role: "user" as const, content: [{ type: "text" as const, text: "And now?" }] };
    assert.deepEqual(await sentWith({ items: [...turn, later] }), message);
    assert.deepEqual(await sentWith({ items: turn, model: "other" }), {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", type: "function", function: { name: "read", arguments: "{}" } }],
    });
  });

  it("reads content in blocks", async () => {
    const thinking = { type: "thinking", thinking: [{ type: "text", text: "Hm." }] };
    const { text, events } = await read(
      chunk({ content: [thinking] }),
      chunk(
        {
          content: [
            { type: "text", text: "Yes" },
            { type: "reference", reference_ids: [1] },
          ],
        },
        "stop",
      ),
    );
    assert.equal(text, "Yes");
    assert.deepEqual(events[0], { type: "reasoning", text: "Hm." });
  });
});
