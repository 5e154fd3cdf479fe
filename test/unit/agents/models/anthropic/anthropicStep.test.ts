import assert from "node:assert/strict";
import { createAnthropic } from "../../../../../src/agents/models/anthropic/createAnthropic.ts";
import type { ConversationItem, StepRequest } from "../../../../../src/core/models/step.ts";
import { anthropicMessages, messagesStream, SIGNATURE } from "../../../../support/models/forms/anthropicMessages.ts";
import { namedEvent, sseEvent } from "../../../../support/models/forms/events.ts";
import { ModelServer } from "../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../support/models/wireOptions.ts";
import { assertWholeStep, WHOLE_ANSWER } from "../../../../support/models/wholeStep.ts";

const tool = {
  name: "read_file",
  description: "Reads a file",
  parameters: { properties: { path: { type: "string" } } },
};
const user = (text: string): ConversationItem => ({ role: "user", content: [{ type: "text", text }] });

describe("The protocol of Anthropic", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const wire = (settings: object = {}) =>
    createAnthropic(wireOptions({ wire: "anthropic", baseUrl: server.url, ...settings }, "key-1"));
  const step = async (fields: Partial<StepRequest> = {}) =>
    await collected(wire().stream(stepRequest(fields), NO_ABORT));
  /** Sends a step and returns its body. */
  const bodyOf = async (fields: Partial<StepRequest>) => {
    server.reply(anthropicMessages({ text: "ok" }));
    await step(fields);
    const { json } = server.at(-1);
    assert.ok(typeof json === "object" && json !== null);
    return new Map<string, unknown>(Object.entries(json));
  };

  it("streams text, thinking and calls, and ends with the whole step", async () => {
    server.reply(anthropicMessages(WHOLE_ANSWER));
    assertWholeStep(await step(), {
      opaque: {
        type: "opaque",
        wire: "anthropic",
        model: "test-model",
        data: { type: "thinking", thinking: "Short.", signature: SIGNATURE },
      },
      usage: { cacheWriteTokens: 0 },
    });
  });

  it("takes a call without arguments for one with none", async () => {
    server.reply(anthropicMessages({ calls: [{ id: "toolu_1", name: "list", arguments: "" }] }));
    assert.deepEqual((await step()).result.parts, [{ type: "call", id: "toolu_1", name: "list", arguments: "{}" }]);
  });

  it("sends a question with the key and the limit that the API wants", async () => {
    const body = await bodyOf({});
    assert.deepEqual(Object.fromEntries(body), {
      model: "test-model",
      max_tokens: 32_000,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      stream: true,
    });
    const { url, headers } = server.at(0);
    assert.equal(url, "/v1/messages");
    assert.equal(headers["x-api-key"], "key-1");
    assert.equal(headers["authorization"], undefined);
    assert.match(headers["anthropic-version"] ?? "", /^\d{4}-\d\d-\d\d$/);
  });

  it("returns thinking unchanged to the model that it is from, and to no other", async () => {
    server.reply(anthropicMessages({ reasoning: "Long.", calls: [{ id: "t1", name: "list", arguments: "{}" }] }));
    const { result } = await step();
    const results: ConversationItem = {
      role: "results",
      results: [{ callId: "t1", name: "list", content: [{ type: "text", text: "a.txt" }], isError: false }],
    };
    const items: ConversationItem[] = [user("Hi"), { role: "assistant", parts: result.parts }, results];
    const thinking = { type: "thinking", thinking: "Long.", signature: SIGNATURE };
    const call = { type: "tool_use", id: "t1", name: "list", input: {} };
    const assistantOf = (messages: unknown) => {
      assert.ok(Array.isArray(messages));
      return messages[1] as unknown;
    };
    assert.deepEqual(assistantOf((await bodyOf({ items })).get("messages")), {
      role: "assistant",
      content: [thinking, call],
    });
    assert.deepEqual(assistantOf((await bodyOf({ items, model: "other" })).get("messages")), {
      role: "assistant",
      content: [call],
    });
  });

  it("maps results with images and errors, and has one message for neighbours of the same role", async () => {
    const body = await bodyOf({
      tools: [tool],
      items: [
        user("Look"),
        {
          role: "assistant",
          parts: [
            { type: "text", text: " \n" },
            { type: "call", id: "call.1|fc", name: "read_file", arguments: '{"path":"a"}' },
            { type: "call", id: "call_1_fc", name: "read_file", arguments: "{no json" },
          ],
        },
        {
          role: "results",
          results: [
            {
              callId: "call.1|fc",
              name: "read_file",
              content: [{ type: "image", mimeType: "image/png", data: "AAAA" }],
              isError: false,
            },
            { callId: "call_1_fc", name: "read_file", content: [{ type: "text", text: "bad" }], isError: true },
          ],
        },
        user(""),
      ],
    });
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
    assert.deepEqual(body.get("messages"), [
      { role: "user", content: [{ type: "text", text: "Look" }] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "call_1_fc", name: "read_file", input: { path: "a" } },
          { type: "tool_use", id: "call_1_fc_", name: "read_file", input: { invalid_json: "{no json" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_1_fc", content: [image] },
          { type: "tool_result", tool_use_id: "call_1_fc_", content: [{ type: "text", text: "bad" }], is_error: true },
          { type: "text", text: "(no text)" },
        ],
      },
    ]);
    assert.deepEqual(body.get("tools"), [
      { name: "read_file", description: "Reads a file", input_schema: { ...tool.parameters, type: "object" } },
    ]);
  });

  it("sends the parameters of an answer", async () => {
    const schema = { type: "object", properties: { a: { type: "number" } } } as const;
    const body = await bodyOf({
      system: "Be short.",
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      stop: ["END"],
      reasoningEffort: "high",
      answerSchema: schema,
      tools: [tool],
      toolChoice: "required",
      parallelCalls: false,
    });
    for (const name of ["model", "messages", "stream", "tools"]) body.delete(name);
    assert.deepEqual(Object.fromEntries(body), {
      max_tokens: 100,
      system: "Be short.",
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ["END"],
      thinking: { type: "adaptive" },
      output_config: { effort: "high", format: { type: "json_schema", schema } },
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
    assert.deepEqual((await bodyOf({ tools: [tool], toolChoice: { tool: "read_file" } })).get("tool_choice"), {
      type: "tool",
      name: "read_file",
    });
    assert.match(String((await bodyOf({ answerSchema: {} })).get("system")), /one JSON object/);
  });

  it("declares the tools of earlier calls where there are none any more, since the API wants them", async () => {
    const items: ConversationItem[] = [
      user("Hi"),
      { role: "assistant", parts: [{ type: "call", id: "a", name: "list", arguments: "{}" }] },
      { role: "results", results: [{ callId: "a", name: "list", content: [], isError: false }] },
    ];
    const body = await bodyOf({ items });
    assert.deepEqual(body.get("tools"), [{ name: "list", input_schema: { type: "object" } }]);
    assert.deepEqual(body.get("tool_choice"), { type: "none" });
  });

  it("marks for the cache what the next request has as well, in a conversation that is long and goes on", async () => {
    const cache_control = { type: "ephemeral" };
    const long = "x".repeat(4096);
    const items = [user("one"), { role: "assistant", parts: [{ type: "text", text: "yes" }] } as const, user("two")];
    const body = await bodyOf({ system: long, tools: [tool], items });
    assert.deepEqual(body.get("system"), [{ type: "text", text: long, cache_control }]);
    assert.deepEqual(body.get("messages"), [
      { role: "user", content: [{ type: "text", text: "one", cache_control }] },
      { role: "assistant", content: [{ type: "text", text: "yes" }] },
      { role: "user", content: [{ type: "text", text: "two", cache_control }] },
    ]);
    const cacheless = [await bodyOf({ system: long }), await bodyOf({ tools: [tool] })];
    for (const each of cacheless) assert.doesNotMatch(JSON.stringify([...each]), /cache_control/);
  });

  for (const [reason, finish] of [
    ["end_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "refusal"],
    ["pause_turn", "stop"],
  ] as const) {
    it(`knows the stop reason ${reason}`, async () => {
      server.reply({ body: messagesStream({ text: "a" }).replace('"end_turn"', JSON.stringify(reason)) });
      assert.equal((await step()).result.finish, finish);
    });
  }

  it("tells which sequence has stopped the answer", async () => {
    const body = messagesStream({ text: "a" })
      .replace('"end_turn"', '"stop_sequence"')
      .replace('"stop_sequence":null},"usage":{"output', '"stop_sequence":"END"},"usage":{"output');
    server.reply({ body });
    const { finish, stopSequence } = (await step()).result;
    assert.deepEqual({ finish, stopSequence }, { finish: "stop-sequence", stopSequence: "END" });
  });

  it("keeps blocks that it does not know, and drops thinking that was cut before its signature", async () => {
    const unknown = { type: "server_tool_use", id: "s1", name: "web_search", extra: { a: [1] } };
    const redacted = { type: "redacted_thinking", data: "AbC=" };
    const thinking = { type: "thinking", thinking: "", signature: "" };
    const begun = (index: number, content_block: object) => namedEvent("content_block_start", { index, content_block });
    const ended = (index: number) => namedEvent("content_block_stop", { index });
    const delta = { type: "input_json_delta", partial_json: '{"query":"x"}' };
    const events = [
      begun(0, redacted),
      ended(0),
      begun(1, { ...unknown, input: {} }),
      namedEvent("content_block_delta", { index: 1, delta }),
      ended(1),
      begun(2, thinking),
      namedEvent("content_block_delta", { index: 2, delta: { type: "thinking_delta", thinking: "Hm" } }),
      ended(2),
    ];
    const whole = messagesStream({ finish: "length" });
    const at = whole.indexOf("event: message_delta");
    server.reply({ body: whole.slice(0, at) + events.map(sseEvent).join("") + whole.slice(at) });
    assert.deepEqual((await step()).result.parts, [
      { type: "opaque", wire: "anthropic", model: "test-model", data: redacted },
      { type: "opaque", wire: "anthropic", model: "test-model", data: { ...unknown, input: { query: "x" } } },
    ]);
  });
});
