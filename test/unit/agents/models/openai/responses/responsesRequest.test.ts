import assert from "node:assert/strict";
import { createOpenAiResponses } from "../../../../../../src/agents/models/openai/responses/openAiResponses.ts";
import type { AssistantPart, StepRequest } from "../../../../../../src/core/models/step.ts";
import { ENCRYPTED_CONTENT, openAiResponses } from "../../../../../support/models/forms/openAiResponses.ts";
import { failureOf } from "../../../../../support/models/failedSteps.ts";
import { ModelServer, type ModelReply } from "../../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../../support/models/wireOptions.ts";

const TOOL = { name: "read", description: "Reads a file.", parameters: { type: "object", properties: {} } };
const PNG = "iVBORw0KGgo=";

const rejecting = (message: string, param?: string): ModelReply => ({
  status: 400,
  body: JSON.stringify({ error: { message, type: "invalid_request_error", param, code: null } }),
});

describe("A request in the protocol of responses", () => {
  let server: ModelServer;
  beforeEach(async () => {
    server = await ModelServer.start();
    server.otherwise = openAiResponses({ text: "Yes" });
  });
  afterEach(async () => await server.dispose());

  const wire = () => createOpenAiResponses(wireOptions({ baseUrl: `${server.url}/v1`, wire: "openai-responses" }));
  const sent = async (fields: Partial<StepRequest>) => {
    await collected(wire().stream(stepRequest(fields), NO_ABORT));
    return server.at(-1).json as Readonly<Record<string, unknown>>;
  };

  it("returns reasoning unchanged, before what it has led to, and only to its model", async () => {
    const answer = {
      reasoning: "Short.",
      text: "I will look.",
      calls: [{ id: "c1", name: "read", arguments: "{}" }],
    };
    server.reply(openAiResponses(answer));
    const { result } = await collected(wire().stream(stepRequest(), NO_ABORT));
    const items: StepRequest["items"] = [
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", parts: result.parts },
      {
        role: "results",
        results: [{ callId: "c1", name: "read", content: [{ type: "text", text: "one" }], isError: false }],
      },
    ];
    const rest = [
      { role: "assistant", content: "I will look." },
      { type: "function_call", call_id: "c1", name: "read", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "one" },
    ];
    assert.deepEqual((await sent({ items }))["input"], [
      { role: "user", content: "Hi" },
      {
        id: "rs_67ccf7eabcd88190b8a5b6c0d3f9b6a20e1a8f3c",
        type: "reasoning",
        encrypted_content: ENCRYPTED_CONTENT,
        summary: [{ type: "summary_text", text: "Short." }],
      },
      ...rest,
    ]);
    assert.deepEqual((await sent({ items, model: "other" }))["input"], [{ role: "user", content: "Hi" }, ...rest]);
  });

  it("returns the phase of a message", async () => {
    const message = (text: string, phase: string) => ({
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
      phase,
    });
    const output = [message("Looking", "commentary"), message("Done", "final_answer")];
    const done = output.map((item, output_index) => ({ type: "response.output_item.done", output_index, item }));
    const end = { type: "response.completed", response: { status: "completed", output } };
    server.reply({ body: [...done, end].map((event) => `data: ${JSON.stringify(event)}\n\n`) });
    const { result, text } = await collected(wire().stream(stepRequest(), NO_ABORT));
    assert.equal(text, "LookingDone");
    const { input } = await sent({ items: [{ role: "assistant", parts: result.parts }] });
    assert.deepEqual(input, [
      { role: "assistant", content: "Looking", phase: "commentary" },
      { role: "assistant", content: "Done", phase: "final_answer" },
    ]);
  });

  it("has images, also in results, and the opaque parts of no other wire", async () => {
    const foreign: AssistantPart = {
      type: "opaque",
      wire: "anthropic",
      model: "test-model",
      data: { type: "reasoning" },
    };
    const image = { type: "image" as const, mimeType: "image/png", data: PNG };
    const { input } = await sent({
      items: [
        { role: "user", content: [{ type: "text", text: "Look" }, image] },
        { role: "assistant", parts: [foreign, { type: "call", id: "c1", name: "read", arguments: "" }] },
        { role: "results", results: [{ callId: "c1", name: "read", content: [image], isError: false }] },
      ],
    });
    const sentImage = { type: "input_image", detail: "auto", image_url: `data:image/png;base64,${PNG}` };
    assert.deepEqual(input, [
      { role: "user", content: [{ type: "input_text", text: "Look" }, sentImage] },
      { type: "function_call", call_id: "c1", name: "read", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: [sentImage] },
    ]);
  });

  it("has the tools and the parameters of the step, and keeps nothing at the vendor", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const { input: _, ...body } = await sent({
      system: "Be short.",
      tools: [TOOL],
      toolChoice: { tool: "read" },
      parallelCalls: true,
      temperature: 0.1,
      topP: 0.5,
      reasoningEffort: "high",
      answerSchema: schema,
      maxOutputTokens: 99,
    });
    assert.deepEqual(body, {
      model: "test-model",
      instructions: "Be short.",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { effort: "high", summary: "auto" },
      max_output_tokens: 99,
      temperature: 0.1,
      top_p: 0.5,
      text: { format: { type: "json_schema", name: "answer", schema, strict: false } },
      tools: [{ type: "function", ...TOOL, strict: false }],
      tool_choice: { type: "function", name: "read" },
      parallel_tool_calls: true,
    });
  });

  it("refuses stop sequences, which the protocol does not have", async () => {
    const failure = await failureOf(collected(wire().stream(stepRequest({ stop: ["END"] }), NO_ABORT)));
    assert.deepEqual([failure.kind, failure.options.parameter], ["invalid", "stop"]);
    assert.equal(server.requests.length, 0);
  });

  it("leaves out the reasoning of models that do not reason", async () => {
    server.reply(
      rejecting("Encrypted content is not supported with this model.", "include"),
      rejecting("Unsupported parameter: 'reasoning.summary' is not supported with this model.", "reasoning.summary"),
    );
    const body = await sent({});
    assert.equal(server.requests.length, 3);
    assert.deepEqual(body, {
      model: "test-model",
      input: [{ role: "user", content: "Hi" }],
      stream: true,
      store: false,
    });
  });
});
