import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { textOf } from "../../support/gateways/anthropicClient.ts";
import { engineModels, type EngineGateway, startEngineGateway } from "../../support/gateways/startEngineGateway.ts";
import { SIGNATURE } from "../../support/models/forms/anthropicMessages.ts";

const question = { role: "user", content: "Weather?" } as const;
const tools = [
  { name: "weather", input_schema: { type: "object" as const, properties: { city: { type: "string" } } } },
];
const call = { id: "toolu_1", name: "weather", arguments: '{"city":"Bern"}' };

describe("The SDK of Anthropic, with models of engines", () => {
  let gateway: EngineGateway;
  let anthropic: Anthropic;
  before(async () => {
    gateway = await startEngineGateway();
    anthropic = new Anthropic({ baseURL: gateway.origin, apiKey: gateway.client.token, maxRetries: 0 });
  });
  after(() => gateway.dispose());

  for (const [protocol, model] of Object.entries(engineModels)) {
    it(`runs a tool in two messages, with a stream, by ${protocol}`, async () => {
      gateway.say({ calls: [call] }, { text: ["Sunny ", "in Bern."], usage: { input: 21, output: 6 } });
      const asked = { model, max_tokens: 100, tools };
      const first = await anthropic.messages.stream({ ...asked, messages: [question] }).finalMessage();
      assert.equal(first.stop_reason, "tool_use");
      const [use] = first.content.filter((block) => block.type === "tool_use");
      assert.deepEqual([use?.name, use?.input], ["weather", { city: "Bern" }]);
      const result = { type: "tool_result", tool_use_id: use?.id ?? "", content: "sun" } as const;
      const messages: Anthropic.MessageParam[] = [
        question,
        { role: "assistant", content: first.content },
        { role: "user", content: [result] },
      ];
      const last = await anthropic.messages.create({ ...asked, messages });
      assert.equal(textOf(last), "Sunny in Bern.");
      assert.deepEqual([last.usage.input_tokens, last.usage.output_tokens], [21, 6]);
    });

    it(`gets an error of the vendor as one of its own, by ${protocol}`, async () => {
      const error = { type: "invalid_request_error", message: "Too warm." };
      gateway.vendor.reply({ status: 400, body: JSON.stringify({ type: "error", error }) });
      const asking = anthropic.messages.create({ model, max_tokens: 9, messages: [question] });
      await assert.rejects(asking, { status: 400, message: /Too warm/ });
    });
  }

  it("gets thinking with the signature of the vendor, and sends it back unchanged", async () => {
    gateway.say({ reasoning: "Hm.", text: "Yes." }, { text: "Again." });
    const asked = {
      model: engineModels.messages,
      max_tokens: 2000,
      thinking: { type: "enabled", budget_tokens: 1024 },
    } as const;
    const first = await anthropic.messages.create({ ...asked, messages: [question] });
    const messages = [question, { role: "assistant", content: first.content } as const, question];
    await anthropic.messages.create({ ...asked, messages });
    assert.ok(JSON.stringify(gateway.vendor.at(-1).json).includes(SIGNATURE));
  });

  it("has its tokens counted by the vendor", async () => {
    gateway.vendor.reply({ body: JSON.stringify({ input_tokens: 4711 }) });
    const { input_tokens: tokens } = await anthropic.messages.countTokens({
      model: engineModels.messages,
      messages: [question],
    });
    assert.equal(tokens, 4711);
    assert.equal(new URL(gateway.vendor.at(-1).url, gateway.origin).pathname, "/v1/messages/count_tokens");
  });
});
