import assert from "node:assert/strict";
import { createOpenAiChat } from "../../../../../../src/agents/models/openai/chat/openAiChat.ts";
import { ServerTraits } from "../../../../../../src/agents/models/openai/serverTraits.ts";
import { ModelFailure } from "../../../../../../src/core/models/modelFailure.ts";
import type { StepRequest } from "../../../../../../src/core/models/step.ts";
import { openAiChat } from "../../../../../support/models/forms/openAiChat.ts";
import { ModelServer, type ModelReply } from "../../../../../support/models/modelServer.ts";
import { failureOf } from "../../../../../support/models/failedSteps.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../../support/models/wireOptions.ts";

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const TOOL = { name: "read", description: "Reads a file.", parameters: { type: "object", properties: {} } };
const PNG = "iVBORw0KGgo=";

const rejecting = (message: string, param?: string): ModelReply => ({
  status: 400,
  body: JSON.stringify({ error: { message, type: "invalid_request_error", param, code: null } }),
});

describe("A request in the chat protocol", () => {
  let server: ModelServer;
  beforeEach(async () => {
    server = await ModelServer.start();
    server.otherwise = openAiChat({ text: "Yes" });
  });
  afterEach(async () => await server.dispose());

  const wire = (settings: object = {}) => createOpenAiChat(wireOptions({ baseUrl: `${server.url}/v1`, ...settings }));
  const sent = async (fields: Partial<StepRequest>) => {
    await collected(wire().stream(stepRequest(fields), NO_ABORT));
    return server.at(-1).json as Readonly<Record<string, unknown>>;
  };

  it("has the whole conversation", async () => {
    const { messages } = await sent({
      system: "Be short.",
      items: [
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image", mimeType: "image/png", data: PNG },
          ],
        },
        {
          role: "assistant",
          parts: [
            { type: "text", text: "I will read " },
            { type: "text", text: "two files." },
            { type: "call", id: "c1", name: "read", arguments: '{"p":1}' },
            { type: "call", id: "c2", name: "read", arguments: "{broken" },
          ],
        },
        {
          role: "results",
          results: [
            { callId: "c1", name: "read", content: [{ type: "text", text: "one" }], isError: false },
            {
              callId: "c2",
              name: "read",
              content: [
                { type: "text", text: "two" },
                { type: "image", mimeType: "image/png", data: PNG },
              ],
              isError: true,
            },
          ],
        },
        { role: "assistant", parts: [{ type: "call", id: "c3", name: "read", arguments: "{}" }] },
        { role: "results", results: [{ callId: "c3", name: "read", content: [], isError: false }] },
        { role: "assistant", parts: [{ type: "text", text: "Done." }] },
        { role: "user", content: [{ type: "text", text: "Thanks" }] },
      ],
    });
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } };
    const call = (id: string, args: string) => ({ id, type: "function", function: { name: "read", arguments: args } });
    assert.deepEqual(messages, [
      { role: "system", content: "Be short." },
      { role: "user", content: [{ type: "text", text: "Look" }, image] },
      {
        role: "assistant",
        content: "I will read two files.",
        tool_calls: [call("c1", '{"p":1}'), call("c2", '{"invalid_json":"{broken"}')],
      },
      { role: "tool", tool_call_id: "c1", content: "one" },
      { role: "tool", tool_call_id: "c2", content: "two\n[image]" },
      { role: "user", content: [{ type: "text", text: "Images of the result of read:" }, image] },
      { role: "assistant", content: null, tool_calls: [call("c3", "{}")] },
      { role: "tool", tool_call_id: "c3", content: "" },
      { role: "assistant", content: "Done." },
      { role: "user", content: "Thanks" },
    ]);
  });

  it("has the tools and the parameters of the step, and nothing that was not asked for", async () => {
    const { messages: _, ...body } = await sent({
      tools: [TOOL],
      toolChoice: { tool: "read" },
      parallelCalls: false,
      temperature: 0,
      topP: 0.5,
      stop: ["END"],
      reasoningEffort: "low",
      answerSchema: SCHEMA,
      maxOutputTokens: 99,
    });
    assert.deepEqual(body, {
      model: "test-model",
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 99,
      temperature: 0,
      top_p: 0.5,
      stop: ["END"],
      reasoning_effort: "low",
      response_format: { type: "json_schema", json_schema: { name: "answer", schema: SCHEMA, strict: true } },
      tools: [{ type: "function", function: TOOL }],
      tool_choice: { type: "function", function: { name: "read" } },
      parallel_tool_calls: false,
    });
    assert.equal((await sent({ tools: [TOOL], toolChoice: "required" }))["tool_choice"], "required");
    assert.equal("tool_choice" in (await sent({ tools: [TOOL] })), false);
    assert.equal("parallel_tool_calls" in (await sent({ parallelCalls: true })), false);
  });

  it("is strict about a schema only if the strict mode takes it", async () => {
    const isStrict = async (answerSchema: object) => {
      const { response_format: format } = await sent({ answerSchema: { ...answerSchema } });
      return JSON.stringify(format).includes('"strict":true');
    };
    assert.equal(await isStrict({ type: "object", properties: { list: { type: "array", items: SCHEMA } } }), false);
    assert.equal(await isStrict({ ...SCHEMA, additionalProperties: true }), false);
    assert.equal(await isStrict({ ...SCHEMA, required: [] }), false);
    assert.equal(await isStrict({ ...SCHEMA, properties: { city: { anyOf: [{ type: "null" }, SCHEMA] } } }), true);
  });

  it("asks for any JSON object with the word that servers want", async () => {
    const { messages, response_format: format } = await sent({ system: "Be short.", answerSchema: {} });
    assert.deepEqual(format, { type: "json_object" });
    assert.match(JSON.stringify(messages), /Be short\.\\n\\nAnswer with one JSON object/);
  });

  it("leaves out what a server does not know, finds that out once, and remembers it for the model", async () => {
    const target = wire();
    const step = async (model: string) =>
      await collected(
        target.stream(
          stepRequest({ model, answerSchema: SCHEMA, tools: [TOOL], parallelCalls: true, maxOutputTokens: 9 }),
          NO_ABORT,
        ),
      );
    server.reply(
      rejecting("Unrecognized request argument supplied: stream_options", "stream_options"),
      rejecting(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      ),
      rejecting("parallel_tool_calls: Extra inputs are not permitted"),
      rejecting("'response_format.type' must be 'text' or 'json_object'"),
      rejecting("This response_format type is unavailable now"),
      openAiChat({ text: "Yes" }),
    );
    const first = await step("small");
    assert.equal(first.text, "Yes");
    assert.equal(server.requests.length, 6);
    const { messages, ...body } = server.at(5).json as Record<string, unknown>;
    assert.deepEqual(body, {
      model: "small",
      stream: true,
      max_completion_tokens: 9,
      tools: [{ type: "function", function: TOOL }],
    });
    assert.match(JSON.stringify(messages), /It must match this JSON Schema: \{\\"type\\":\\"object\\"/);
    // Nobody counts now.
    assert.equal(first.result.usage.isEstimated, true);
    assert.equal(first.result.usage.inputTokens, Math.ceil(JSON.stringify(server.at(5).json).length / 4));

    await step("small");
    assert.deepEqual(server.at(6).json, server.at(5).json);
    assert.equal(server.requests.length, 7);
    await step("large");
    assert.equal("stream_options" in (server.at(7).json as object), true);
  });

  it("remembers no more models than a server has", async () => {
    const traits = new ServerTraits(undefined);
    const tries = async (model: string) => {
      let count = 0;
      await traits.adapt(model, async ({ missing, used }) => {
        count += 1;
        used.add("streamUsage");
        if (!missing.has("streamUsage")) throw new ModelFailure("invalid", "Unknown parameter: stream_options");
      });
      return count;
    };
    for (let index = 0; index <= 500; index += 1) assert.equal(await tries(`model-${index}`), 2);
    assert.equal(await tries("model-500"), 1);
    assert.equal(await tries("model-0"), 2);
  });

  it("reports a wrong value, and does not leave it out", async () => {
    server.reply(
      rejecting("max_tokens is too large: 99. This model supports at most 9 completion tokens.", "max_tokens"),
      rejecting("Invalid schema for response_format 'answer': schema must be one of …", "response_format"),
      rejecting("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
    );
    for (const parameter of ["max_tokens", "response_format", "temperature"]) {
      const request = stepRequest({ maxOutputTokens: 99, answerSchema: SCHEMA, temperature: 0 });
      const failure = await failureOf(collected(wire().stream(request, NO_ABORT)));
      assert.equal(failure.kind, "invalid");
      assert.equal(failure.options.parameter, parameter);
    }
    assert.equal(server.requests.length, 3);
  });

  it("does not remember what was not the reason", async () => {
    const target = wire();
    const unsupported = rejecting("This model is not supported with stream_options or at all");
    server.reply(unsupported, unsupported);
    assert.equal((await failureOf(collected(target.stream(stepRequest(), NO_ABORT)))).kind, "invalid");
    await collected(target.stream(stepRequest(), NO_ABORT));
    assert.equal("stream_options" in (server.at(-1).json as object), true);
  });

  it("says the limit as OpenAI does, to OpenAI", async () => {
    const namesOf = async (baseUrl: string | undefined) =>
      await new ServerTraits(baseUrl).adapt("m", async ({ limitNames }) => limitNames[0]);
    assert.equal(await namesOf(undefined), "maxCompletionTokens");
    assert.equal(await namesOf("https://x.openai.azure.com"), "maxCompletionTokens");
    assert.equal(await namesOf("https://openai.com.example.org/v1"), "maxTokens");
    assert.equal(await namesOf("http://127.0.0.1:11434/v1"), "maxTokens");
  });
});
