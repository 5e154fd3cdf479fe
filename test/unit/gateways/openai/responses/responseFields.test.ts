import assert from "node:assert/strict";
import { isBridgeError } from "../../../../../src/protocol/errors.ts";
import {
  askedResponse,
  type OwnResponses,
  readResponseRequest,
} from "../../../../../src/gateways/openai/responses/readRequest.ts";
import { responseFields } from "../../../../../src/gateways/openai/responses/responseFields.ts";

const nothing: OwnResponses = { get: () => undefined, newestOf: () => undefined, findItem: () => undefined };

function read(body: Record<string, unknown>) {
  const read = readResponseRequest({ model: "kiro", input: "Hello", ...body });
  return { ...read, ...askedResponse(read, nothing) };
}

/** Returns the field of the error and its message. */
function refusal(body: Record<string, unknown>): { readonly field: unknown; readonly message: string } {
  try {
    read(body);
  } catch (error) {
    assert.ok(isBridgeError(error), String(error));
    return { field: error.context?.["field"], message: error.message };
  }
  return assert.fail(`${JSON.stringify(body)} was accepted`);
}

const part = (content: object) => ({ input: [{ role: "user", content: [content] }] });
const result = (output: object) => ({ input: [{ type: "function_call_output", call_id: "c", output: [output] }] });

describe("The fields of requests for responses", () => {
  const refused: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    ["background", { background: true }, /respond-async/],
    ["include[1]", { include: ["reasoning.encrypted_content", "message.output_text.logprobs"] }, /probabilities/],
    ["prompt", { prompt: { id: "pmpt_1" } }, /instructions or input/],
    ["n", { n: 2 }, /one request for each/],
    ["best_of", { best_of: 3 }, /one answer/],
    ["logprobs", { logprobs: true }, /probabilities/],
    ["top_logprobs", { top_logprobs: 5 }, /probabilities/],
    ["modalities[1]", { modalities: ["text", "audio"] }, /answer with text/],
    ["audio", { audio: { voice: "alloy", format: "mp3" } }, /answer with text/],
    ["tool_choice.type", { tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }, /Choose a function/],
    ["tool_choice.type", { tool_choice: { type: "mcp", server_label: "x" } }, /Choose a function/],
    [
      "tool_choice.tools[0].type",
      { tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "web_search" }] } },
      /Choose a function/,
    ],
    [
      "input[0].content[0].type",
      part({ type: "input_file", file_data: "data:application/pdf;base64,AA" }),
      /input_text/,
    ],
    ["input[0].content[0].type", part({ type: "input_audio", input_audio: { data: "AA", format: "mp3" } }), /words/],
    ["input[0].content[0].file_id", part({ type: "input_image", file_id: "file-1" }), /no files/],
    [
      "input[0].content[0].image_url",
      part({ type: "input_image", image_url: "https://example.com/a.png" }),
      /data: URL/,
    ],
    ["input[0].output[0].type", result({ type: "input_file", file_id: "file-1" }), /input_text/],
    ["input[0].output[0].type", result({ type: "input_audio", input_audio: {} }), /words/],
    ["input[0].output[0].file_id", result({ type: "input_image", file_id: "file-1" }), /no files/],
    ["input[0].output[0].image_url", result({ type: "input_image", image_url: "http://10.0.0.1/a" }), /data: URL/],
  ];

  for (const [field, body, message] of refused) {
    it(`say what to do in place of ${field} of ${JSON.stringify(body).slice(0, 70)}`, () => {
      const error = refusal(body);
      assert.equal(error.field, field);
      assert.match(error.message, message);
    });
  }

  it("have a test for each one that is refused", () => {
    const tested = new Set(refused.map(([field]) => field.replaceAll(/\[\d+\]/gu, "[]")));
    const rows = responseFields.filter(({ support }) => support === "refused").map(({ field }) => field);
    assert.deepEqual(new Set(rows), tested);
  });

  it("are named if they have no effect", () => {
    const { ignored } = read({
      temperature: 0,
      top_p: 0.95,
      truncation: "auto",
      max_output_tokens: 100,
      max_tool_calls: 4,
      parallel_tool_calls: false,
      reasoning: { effort: "high", summary: "auto" },
      text: { verbosity: "low", format: { type: "text" } },
      prompt_cache_key: "thread",
      user: "somebody",
      include: ["web_search_call.action.sources", "reasoning.encrypted_content"],
      tools: [{ type: "web_search" }, { type: "function", name: "f" }, { type: "custom", name: "g" }],
      client_metadata: { a: "b" },
      store: false,
      metadata: { topic: "x" },
    });
    assert.deepEqual(
      new Set(ignored),
      new Set([
        "temperature",
        "top_p",
        "truncation",
        "max_output_tokens",
        "max_tool_calls",
        "parallel_tool_calls",
        "reasoning.effort",
        "text.verbosity",
        "prompt_cache_key",
        "user",
        "include[0]",
        "tools[0].type",
        "tools[2].type",
        "client_metadata",
      ]),
    );
  });

  it("have an effect if a setting says so", () => {
    const body = { model: "kiro", input: "Hello", max_output_tokens: 100 };
    assert.deepEqual(readResponseRequest(body, { "gateways.enforceMaxTokens": true }).ignored, []);
  });

  it("may be null", () => {
    const body = Object.fromEntries(
      responseFields.map(({ field }) => [field.split(/[.[]/u, 1)[0] ?? "", null] as const),
    );
    assert.deepEqual(readResponseRequest({ ...body, model: "kiro", input: "Hello" }).ignored, []);
  });

  it("are refused with the path of what is wrong", () => {
    const problems: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ model: null }, "model"],
      [{ input: null }, "input"],
      [{ input: [] }, "input"],
      [{ input: [{ role: "robot", content: "x" }] }, "input.0.role"],
      [{ input: [{ role: "user", content: [{ type: "input_video" }] }] }, "input.0.content.0.type"],
      [
        { input: [{ role: "system", content: [{ type: "input_image", image_url: "data:image/png;base64,AA==" }] }] },
        "input[0].content[0].type",
      ],
      [part({ type: "input_image", image_url: "data:text/html;base64,AA==" }), "input[0].content[0].image_url"],
      [part({ type: "input_image", image_url: "data:image/png;base64,%%" }), "input[0].content[0].image_url"],
      [{ input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input.0.call_id"],
      [{ input: [{ type: "item_reference", id: "msg_unknown" }] }, "input[0].id"],
      [{ tools: [{ type: "function" }] }, "tools.0.name"],
      [{ tools: [{ type: "function", name: "f", parameters: "x" }] }, "tools.0.parameters"],
      [
        {
          tools: [
            { type: "function", name: "f" },
            { type: "function", name: "f" },
          ],
        },
        "tools[1].name",
      ],
      [{ tool_choice: "must" }, "tool_choice.mode"],
      [{ tool_choice: "required" }, "tool_choice"],
      [
        {
          tool_choice: "required",
          tools: [
            { type: "function", name: "f" },
            { type: "function", name: "g" },
          ],
        },
        "tool_choice",
      ],
      [{ tool_choice: { type: "function", name: "f" } }, "tool_choice.name"],
      [{ text: { format: { type: "json_schema", name: "x" } } }, "text.format.schema"],
      [{ max_output_tokens: 0 }, "max_output_tokens"],
      [{ stop: [1] }, "stop.0"],
      [{ conversation: "conv_1", previous_response_id: "resp_1" }, "conversation"],
      [{ metadata: { kiro_session: 7 } }, "metadata.kiro_session"],
    ];
    assert.deepEqual(
      problems.map(([body]) => refusal(body).field),
      problems.map(([, field]) => field),
    );
  });
});
