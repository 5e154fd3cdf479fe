import assert from "node:assert/strict";
import { calling, saying, stepEnd, telling } from "../../../../support/gateways/fakeEngines.ts";
import { type ModelBridge, startModelBridge } from "../../../../support/gateways/startModelBridge.ts";

const path = "/v1/responses";
const read = { type: "function", name: "read", parameters: { type: "object" } };

describe("A response of a model of another protocol", () => {
  let models: ModelBridge;
  before(async () => {
    models = await startModelBridge();
  });
  after(() => models.dispose());

  const post = (more: object) => models.call(path, { body: { model: "chat/gpt", input: "Hi", ...more } });
  const last = () => models.chat.steps.at(-1);
  const outputOf = (json: unknown) => Object(json).output;

  it("has its answer, and the tokens as the vendor has counted them", async () => {
    const usage = { inputTokens: 9, outputTokens: 4, cachedInputTokens: 5, reasoningTokens: 2 };
    models.chat.answer = telling(
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Hello." },
      stepEnd({ usage }),
    );
    const more = { instructions: "Be brief.", temperature: 0.2, top_p: 0.8, max_output_tokens: 7 };
    const { json, headers } = await post({ ...more, reasoning: { effort: "low", summary: "auto" } });
    assert.deepEqual(
      outputOf(json).map(({ type }: { readonly type: string }) => type),
      ["reasoning", "message"],
    );
    assert.deepEqual(Object(json).usage, {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
      output_tokens: 4,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 13,
    });
    assert.equal(headers["x-kiro-agent"], "chat");
    const { system, temperature, topP, maxOutputTokens, reasoningEffort } = last() ?? {};
    assert.deepEqual([system, temperature, topP, maxOutputTokens, reasoningEffort], ["Be brief.", 0.2, 0.8, 7, "low"]);
  });

  it("calls functions, which can be required although there are several, and continues with their results", async () => {
    models.chat.answer = calling({ id: "call_1", name: "read", arguments: "{}" });
    const tools = [read, { ...read, name: "write" }];
    const first = await post({ tools, tool_choice: "required", parallel_tool_calls: false });
    assert.deepEqual([outputOf(first.json)[0].type, outputOf(first.json)[0].call_id], ["function_call", "call_1"]);
    assert.deepEqual([last()?.toolChoice, last()?.parallelCalls], ["required", false]);
    models.chat.answer = saying("Done.");
    const input = [{ type: "function_call_output", call_id: "call_1", output: "text" }];
    const next = await post({ tools, input, previous_response_id: Object(first.json).id });
    assert.equal(outputOf(next.json)[0].content[0].text, "Done.");
    assert.deepEqual(
      last()?.items.map(({ role }) => role),
      ["user", "assistant", "results"],
    );
  });

  it("is kept for an hour unless its client wants otherwise, and runs again when it is repeated", async () => {
    models.chat.answer = saying("Hello.");
    const before = models.chat.calls.length;
    const kept = Object((await post({})).json).id;
    const forgotten = Object((await post({ store: false })).json).id;
    const statuses = await Promise.all(
      [kept, forgotten].map(async (id) => (await models.call(`${path}/${id}`)).status),
    );
    assert.deepEqual(statuses, [200, 404]);
    await post({});
    assert.equal(models.chat.calls.length - before, 3);
  });

  it("streams", async () => {
    models.chat.answer = saying("one ", "two");
    const { text } = await post({ stream: true });
    assert.match(text, /response\.created[\s\S]*"delta":"one "[\s\S]*"delta":"two"[\s\S]*response\.completed/);
  });

  const refused: readonly (readonly [field: string, more: object])[] = [
    ["background", { background: true }],
    ["prompt", { prompt: { id: "p" } }],
    ["top_logprobs", { top_logprobs: 3 }],
    ["max_tool_calls", { max_tool_calls: 3 }],
    ["unheard_of", { unheard_of: 1 }],
    ["tool_choice.type", { tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }],
    ["include[0]", { include: ["message.output_text.logprobs"] }],
  ];
  for (const [field, more] of refused) {
    it(`is refused with the name of a field that cannot pass: ${field}`, async () => {
      const { status, json } = await post(more);
      assert.deepEqual([status, Object(json).error.param], [400, field]);
    });
  }

  it("takes what coding agents send besides, and names it", async () => {
    models.chat.answer = saying("Hello.");
    const { status, headers } = await post({
      tools: [read, { type: "web_search" }],
      include: ["reasoning.encrypted_content"],
      store: false,
      prompt_cache_key: "k",
      text: { verbosity: "low" },
      parallel_tool_calls: true,
    });
    assert.equal(status, 200);
    const ignored = new Set(String(headers["x-kiro-bridge-ignored"]).split(", "));
    assert.deepEqual(ignored, new Set(["tools[1].type", "include", "prompt_cache_key", "text.verbosity"]));
  });
});
