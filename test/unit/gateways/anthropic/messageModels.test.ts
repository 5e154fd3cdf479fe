import assert from "node:assert/strict";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { calling, saying, stepEnd, telling } from "../../../support/gateways/fakeEngines.ts";
import {
  type ModelBridge,
  passedTo,
  passing,
  passingJson,
  passingStream,
  startModelBridge,
} from "../../../support/gateways/startModelBridge.ts";

const path = "/v1/messages";
const hi = { role: "user", content: "Hi" };
const read = { name: "read", input_schema: { type: "object" } };

describe("A message of a model of the same protocol", () => {
  let models: ModelBridge;
  beforeEach(async () => {
    models = await startModelBridge();
  });
  afterEach(() => models.dispose());

  const bodyOf = (more: object = {}) => ({ model: "anthropic/opus", max_tokens: 10, messages: [hi], ...more });

  it("passes with fields that nobody knows and its betas, and its answer passes back", async () => {
    const vendor = { type: "message", content: [{ type: "thinking", thinking: "Hm.", signature: "s" }], new: 1 };
    models.anthropic.answer = passingJson(vendor, 200, { "request-id": "req_1" });
    const body = bodyOf({ top_k: 5, mcp_servers: [{ url: "https://example.com" }], unheard: [1] });
    const headers = { "anthropic-beta": "a,b", "anthropic-version": "2023-06-01" };
    const answer = await models.call(`${path}?beta=true`, { body, headers });
    assert.deepEqual([answer.status, answer.json], [200, vendor]);
    const [call] = passedTo(models.anthropic);
    assert.deepEqual([call?.path, call?.wire, call?.headers], ["/messages", "anthropic", headers]);
    assert.deepEqual(call?.body, { ...body, model: "opus" });
    const id = String(answer.headers["request-id"]);
    assert.deepEqual(
      [answer.headers["x-kiro-agent"], answer.headers["x-kiro-vendor-request-id"]],
      ["anthropic", "req_1"],
    );
    assert.deepEqual(models.bridge.core.executions.get(id)?.task.args, ["Hi"]);
  });

  it("passes without the thinking that the bridge itself has signed for an agent or another model", async () => {
    models.chat.answer = telling({ type: "reasoning", text: "Hm." }, { type: "text", text: "Yes." }, stepEnd());
    const thinking = { type: "adaptive" };
    const ofModel = Object((await models.call(path, { body: bodyOf({ model: "chat", thinking }) })).json).content;
    const ofAgent = Object((await models.call(path, { body: bodyOf({ model: "kiro", thinking }) })).json).content;
    const ofVendor = [{ type: "thinking", thinking: "Hm.", signature: "EqQBCg+/AYA==" }];
    const said = [ofModel, ofAgent, ofVendor].flatMap((content) => [hi, { role: "assistant", content }]);
    models.anthropic.answer = passingJson({});
    await models.call(path, { body: bodyOf({ messages: [...said, hi] }) });
    const contents = said.map(({ content }) =>
      Array.isArray(content) && content !== ofVendor
        ? content.filter(({ type }: { readonly type: string }) => type !== "thinking")
        : content,
    );
    const sent = Object(passedTo(models.anthropic)[0]?.body).messages;
    assert.deepEqual(
      sent.map(({ content }: { readonly content: unknown }) => content),
      [...contents, "Hi"],
    );
    assert.equal(contents[1]?.length, 1);
  });

  it("streams as the vendor does, and ends with an error if the vendor has gone", async () => {
    const start = 'event: message_start\ndata: {"type":"message_start"}\n\n';
    models.anthropic.answer = passingStream(start.slice(0, 10), start.slice(10));
    assert.equal((await models.call(path, { body: bodyOf({ stream: true }) })).text, start);
    models.anthropic.answer = passing(async (call) => {
      call.onHead({ status: 200, headers: { "content-type": "text/event-stream" } });
      await call.onBytes(Buffer.from(start));
      throw new BridgeError("KIRO_UNAVAILABLE", "The vendor has gone.", { cause: "engine-cut" });
    });
    const { text } = await models.call(path, { body: bodyOf({ stream: true }) });
    const error = { type: "error", error: { type: "overloaded_error", message: "The vendor has gone." } };
    assert.equal(text, `${start}event: error\ndata: ${JSON.stringify(error)}\n\n`);
  });

  it("has its tokens counted by the vendor", async () => {
    models.anthropic.answer = passingJson({ input_tokens: 4711 });
    const { json, headers } = await models.call("/v1/messages/count_tokens", { body: bodyOf() });
    assert.deepEqual([json, headers["x-kiro-bridge-estimated"]], [{ input_tokens: 4711 }, undefined]);
    assert.equal(passedTo(models.anthropic)[0]?.path, "/messages/count_tokens");
  });

  it("has the statuses of the vendor, of which the bridge knows no others", async () => {
    const error = { type: "error", error: { type: "billing_error", message: "Pay first." } };
    for (const body of [bodyOf(), bodyOf({ stream: true })]) {
      models.anthropic.answer = passingJson(error, 402);
      const answer = await models.call(path, { body });
      assert.deepEqual([answer.status, answer.json], [402, error]);
    }
    models.anthropic.answer = passingJson(error, 402);
    assert.equal((await models.call("/v1/messages/count_tokens", { body: bodyOf() })).status, 402);
    models.anthropic.answer = () => Promise.reject(new BridgeError("OPERATION_TIMEOUT", "The model took too long."));
    assert.equal((await models.call("/v1/messages/count_tokens", { body: bodyOf() })).status, 408);
  });
});

describe("A message of a model of another protocol", () => {
  let models: ModelBridge;
  before(async () => {
    models = await startModelBridge();
  });
  after(() => models.dispose());

  const post = (more: object) =>
    models.call(path, { body: { model: "chat/gpt", max_tokens: 10, messages: [hi], ...more } });
  const last = () => models.chat.steps.at(-1);

  it("has its answer, and the tokens as the vendor has counted them", async () => {
    const usage = { inputTokens: 9, outputTokens: 4, cachedInputTokens: 5, cacheWriteTokens: 1 };
    models.chat.answer = telling(
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Hello." },
      stepEnd({ finish: "stop-sequence", stopSequence: "END", usage }),
    );
    const more = { system: "Be brief.", temperature: 0.2, top_p: 0.8, stop_sequences: ["END"] };
    const { json, headers } = await post({ ...more, output_config: { effort: "low" } });
    const { content, usage: counted, stop_reason, stop_sequence } = Object(json);
    assert.deepEqual(content, [{ type: "text", text: "Hello.", citations: null }]);
    assert.deepEqual([stop_reason, stop_sequence], ["stop_sequence", "END"]);
    assert.deepEqual(counted, {
      input_tokens: 3,
      output_tokens: 4,
      cache_creation_input_tokens: 1,
      cache_read_input_tokens: 5,
    });
    assert.equal(headers["x-kiro-agent"], "chat");
    const { system, temperature, topP, stop, maxOutputTokens, reasoningEffort } = last() ?? {};
    assert.deepEqual(
      [system, temperature, topP, stop, maxOutputTokens, reasoningEffort],
      ["Be brief.", 0.2, 0.8, ["END"], 10, "low"],
    );
  });

  it("has the reasoning if its client asks for it", async () => {
    models.chat.answer = telling({ type: "reasoning", text: "Hm." }, { type: "text", text: "Yes." }, stepEnd());
    const types = async (more: object) =>
      Object((await post(more)).json).content.map(({ type }: { readonly type: string }) => type);
    assert.deepEqual(await types({ thinking: { type: "adaptive" } }), ["thinking", "text"]);
    assert.deepEqual(await types({ thinking: { type: "enabled", budget_tokens: 1024, display: "omitted" } }), ["text"]);
    assert.deepEqual(await types({ tools: [read] }), ["text"]);
  });

  it("calls tools, also with arguments that are no JSON, which its client can tell", async () => {
    models.chat.answer = calling(
      { id: "call_1", name: "read", arguments: '{"path":"a"}' },
      { id: "call_2", name: "read", arguments: '{"path' },
    );
    const tool_choice = { type: "any", disable_parallel_tool_use: true };
    const tools = [read, { ...read, name: "write" }];
    const { json } = await post({ tools, tool_choice });
    const { content, stop_reason } = Object(json);
    assert.equal(stop_reason, "tool_use");
    const inputs = content.map(({ id, input }: { readonly id: string; readonly input: unknown }) => [id, input]);
    assert.deepEqual(inputs, [
      ["call_1", { path: "a" }],
      ["call_2", { INVALID_JSON: '{"path' }],
    ]);
    assert.deepEqual([last()?.toolChoice, last()?.parallelCalls], ["required", false]);
    models.chat.answer = saying("Done.");
    const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "text" });
    const messages = [hi, { role: "assistant", content }, { role: "user", content: ["call_1", "call_2"].map(result) }];
    assert.equal((await post({ tools, messages })).status, 200);
    const item = last()?.items.at(-1);
    assert.equal(item?.role === "results" && item.results.length, 2);
  });

  it("streams", async () => {
    models.chat.answer = saying("one ", "two");
    const { text } = await post({ stream: true });
    assert.match(text, /event: message_start[\s\S]*"text":"one "[\s\S]*"text":"two"[\s\S]*event: message_stop/);
  });

  const refused: readonly (readonly [field: string, more: object])[] = [
    ["top_k", { top_k: 5 }],
    ["mcp_servers", { mcp_servers: [{ url: "https://example.com" }] }],
    ["container", { container: "c" }],
    ["unheard_of", { unheard_of: {} }],
    ["thread", { thread: { id: "t" } }],
    [
      "messages[0].content[0].source.type",
      {
        messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: "https://example.com" } }] }],
      },
    ],
  ];
  for (const [field, more] of refused) {
    it(`is refused with the name of a field that cannot pass: ${field}`, async () => {
      const { status, text } = await post(more);
      assert.equal(status, 400);
      assert.match(text, new RegExp(field.replaceAll(/[[\].]/g, "\\$&")));
    });
  }

  it("takes what coding agents send besides, and names it", async () => {
    models.chat.answer = saying("Hello.");
    const { status, headers } = await post({
      context_management: { edits: [] },
      metadata: { user_id: "u" },
      tools: [
        { ...read, cache_control: { type: "ephemeral" } },
        { type: "web_search_20250305", name: "web_search" },
      ],
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    });
    assert.equal(status, 200);
    assert.match(String(headers["x-kiro-bridge-ignored"]), /metadata\.user_id/);
  });

  it("has its tokens estimated", async () => {
    const body = { model: "chat/gpt", messages: [hi] };
    const { json, headers } = await models.call("/v1/messages/count_tokens", { body });
    assert.deepEqual([json, headers["x-kiro-bridge-estimated"]], [{ input_tokens: 1 }, "input_tokens"]);
    assert.equal(headers["x-kiro-agent"], "chat");
  });
});
