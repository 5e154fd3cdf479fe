import assert from "node:assert/strict";
import { calling, saying, stepEnd, telling } from "../../../../support/gateways/fakeEngines.ts";
import { type ModelBridge, startModelBridge } from "../../../../support/gateways/startModelBridge.ts";

const path = "/v1/chat/completions";
const hi = { role: "user", content: "Hi" };
const weather = { type: "function", function: { name: "weather", parameters: { type: "object" } } };

describe("A chat with a model of another protocol", () => {
  let models: ModelBridge;
  before(async () => {
    models = await startModelBridge();
  });
  after(() => models.dispose());

  const post = (more: object) => models.call(path, { body: { model: "anthropic/opus", messages: [hi], ...more } });
  const last = () => models.anthropic.steps.at(-1);

  it("has its answer, and the tokens as the vendor has counted them", async () => {
    const counted = { inputTokens: 9, outputTokens: 4, cachedInputTokens: 5, reasoningTokens: 2 };
    models.anthropic.answer = telling(
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Hello." },
      stepEnd({ usage: counted }),
    );
    const { status, json, headers } = await post({ temperature: 0.2, top_p: 0.8, reasoning_effort: "low" });
    assert.equal(status, 200);
    const { choices, usage, model } = Object(json);
    assert.deepEqual(choices[0].message, {
      role: "assistant",
      content: "Hello.",
      refusal: null,
      reasoning_content: "Hm.",
    });
    assert.equal(model, "anthropic/opus");
    assert.deepEqual(usage, {
      prompt_tokens: 9,
      completion_tokens: 4,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 2 },
    });
    const names = ["x-kiro-agent", "x-kiro-session", "x-kiro-bridge-estimated", "x-kiro-bridge-ignored"];
    assert.deepEqual(
      names.map((name) => headers[name]),
      ["anthropic", undefined, undefined, undefined],
    );
    const { temperature, topP, reasoningEffort } = last() ?? {};
    assert.deepEqual([temperature, topP, reasoningEffort], [0.2, 0.8, "low"]);
  });

  it("is the same with the models of the editor", async () => {
    models.editor.answer = saying("From the editor.");
    const { text, headers } = await post({ model: "copilot" });
    assert.match(text, /From the editor\./);
    assert.equal(headers["x-kiro-agent"], "copilot");
  });

  it("streams, and has the usage if it is asked for", async () => {
    models.anthropic.answer = saying("one ", "two");
    const { text } = await post({ stream: true, stream_options: { include_usage: true } });
    assert.match(text, /"content":"one "[\s\S]*"content":"two"[\s\S]*"prompt_tokens":12[^\n]*\n\ndata: \[DONE\]\n\n$/);
  });

  it("calls the tools of its client, which can be required although there are several", async () => {
    const call = { id: "toolu_1", name: "weather", arguments: '{"city":"Bern"}' };
    models.anthropic.answer = calling(call);
    const other = { type: "function", function: { name: "time" } };
    const asked = { tools: [weather, other], tool_choice: "required", parallel_tool_calls: false };
    const { json } = await post(asked);
    const [choice] = Object(json).choices;
    const { id, ...named } = call;
    const tool_calls = [{ id, type: "function", function: named }];
    assert.deepEqual([choice.finish_reason, choice.message.tool_calls], ["tool_calls", tool_calls]);
    assert.deepEqual([last()?.toolChoice, last()?.parallelCalls], ["required", false]);
    models.anthropic.answer = saying("Sunny.");
    const said = { role: "assistant", content: null, tool_calls };
    const next = await post({ ...asked, messages: [hi, said, { role: "tool", tool_call_id: id, content: "sun" }] });
    assert.equal(Object(next.json).choices[0].message.content, "Sunny.");
    assert.deepEqual(last()?.items.at(-1), {
      role: "results",
      results: [{ callId: id, name: "weather", content: [{ type: "text", text: "sun" }], isError: false }],
    });
  });

  it("has the limits and the form of the answer", async () => {
    models.anthropic.answer = telling(stepEnd({ finish: "length" }));
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const format = { type: "json_schema", json_schema: { name: "a", schema } };
    const { json } = await post({ max_completion_tokens: 7, stop: "END", response_format: format });
    assert.equal(Object(json).choices[0].finish_reason, "length");
    const { maxOutputTokens, stop, answerSchema } = last() ?? {};
    assert.deepEqual([maxOutputTokens, stop, answerSchema], [7, ["END"], schema]);
  });

  const refused: readonly (readonly [field: string, more: object])[] = [
    ["n", { n: 2 }],
    ["seed", { seed: 7 }],
    ["logprobs", { logprobs: true }],
    ["logit_bias", { logit_bias: { 50_256: -100 } }],
    ["frequency_penalty", { frequency_penalty: 0.5 }],
    ["modalities[1]", { modalities: ["text", "audio"] }],
    ["web_search_options", { web_search_options: { search_context_size: "low" } }],
    ["unheard_of", { unheard_of: 1 }],
    ["tool_choice.type", { tools: [weather], tool_choice: { type: "custom", custom: { name: "a" } } }],
    ["response_format.type", { response_format: { type: "grammar" } }],
    [
      "messages[0].content[0].type",
      { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "", format: "wav" } }] }] },
    ],
    [
      "messages[0].content[0].image_url.url",
      {
        messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }] }],
      },
    ],
    ["temperature", { temperature: "hot" }],
  ];
  for (const [field, more] of refused) {
    it(`is refused with the name of a field that cannot pass: ${field}`, async () => {
      const before = models.anthropic.calls.length;
      const { status, json } = await post(more);
      const { error } = Object(json);
      assert.deepEqual([status, error.param, error.type], [400, field, "invalid_request_error"]);
      assert.equal(models.anthropic.calls.length, before);
    });
  }

  it("takes fields that say the same as no value, and names those about the vendor's service", async () => {
    models.anthropic.answer = saying("Hello.");
    const { status, headers } = await post({
      n: 1,
      logprobs: false,
      presence_penalty: 0,
      frequency_penalty: 0,
      logit_bias: {},
      store: false,
      user: "u",
      tools: [{ type: "web_search" }, weather],
      metadata: { kiro_session: "mine" },
    });
    assert.equal(status, 200);
    assert.deepEqual(
      new Set(String(headers["x-kiro-bridge-ignored"]).split(", ")),
      new Set(["store", "user", "tools[0].type", "metadata", "X-Kiro-Session"]),
    );
  });

  it("is refused with near names if nobody has the model", async () => {
    const { status, json } = await post({ model: "large" });
    const { error } = Object(json);
    assert.deepEqual([status, error.code], [404, "model_not_found"]);
    assert.match(error.message, /chat\/large, responses\/large, anthropic\/large/);
  });
});
