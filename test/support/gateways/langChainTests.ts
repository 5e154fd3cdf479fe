import assert from "node:assert/strict";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent } from "langchain";
import {
  assertOnePrompt,
  assertSameSession,
  cityShape,
  prompts,
  report,
  reportShape,
  Weather,
} from "./gatewayTests.ts";
import { type GatewayBridge, startGatewayBridge } from "./startGatewayBridge.ts";

interface Tested {
  readonly gateway: GatewayBridge;
  readonly model: BaseChatModel;
}

/** Tests LangChain with one of its models. @param name of the API that it speaks */
export function testLangChain(name: string, modelOf: (gateway: GatewayBridge) => BaseChatModel): void {
  describe(`LangChain, with ${name}`, () => {
    let gateway: GatewayBridge;
    before(async () => {
      gateway = await startGatewayBridge();
    });
    after(() => gateway.dispose());

    const tested = (): Tested => ({ gateway, model: modelOf(gateway) });
    testModel(tested);
    it("has an agent that runs a tool, in one prompt", () => testAgent(tested()));
  });
}

function testModel(tested: () => Tested): void {
  it("invokes, and goes on in the same session of the agent", async () => {
    const { gateway, model } = tested();
    const question = new HumanMessage(prompts.hello);
    const answer = await model.invoke([question]);
    assert.equal(answer.text, "Hello.");
    assert.match(JSON.stringify(answer.usage_metadata), /"total_tokens":[1-9]/);
    assert.equal((await model.invoke([question, answer, new HumanMessage(prompts.again)])).text, "Yes.");
    assertSameSession(gateway, prompts.again);
  });

  it("streams", async () => {
    const chunks: string[] = [];
    for await (const { text } of await tested().model.stream(prompts.numbers)) chunks.push(text);
    assert.equal(chunks.join(""), "one two three");
  });

  it("gets structured output", async () => {
    const { gateway, model } = tested();
    const structured = model.withStructuredOutput(reportShape, { name: "report" });
    await assertOnePrompt(gateway, async () => assert.deepEqual(await structured.invoke(prompts.report), report));
  });
}

async function testAgent({ gateway, model }: Tested): Promise<void> {
  await assertOnePrompt(gateway, async () => {
    const weather = new Weather();
    const lent = tool(weather.of, { name: "weather", description: "The weather of a city", schema: cityShape });
    const agent = createAgent({ model, tools: [lent] });
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: prompts.weather }] });
    assert.deepEqual(
      messages.map(({ type }) => type),
      ["human", "ai", "tool", "ai"],
    );
    weather.assertRun(messages.at(-1)?.text ?? "");
  });
}
