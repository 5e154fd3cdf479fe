import assert from "node:assert/strict";
import { HumanMessage, type UsageMetadata } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent } from "langchain";
import * as z from "zod";
import { fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

function totalTokens({ usage_metadata: usage }: { readonly usage_metadata?: UsageMetadata | undefined }): number {
  return usage?.total_tokens ?? 0;
}

describe("LangChain, with responses", () => {
  let gateway: GatewayBridge;
  let model: ChatOpenAI;
  before(async () => {
    gateway = await startGatewayBridge();
    model = new ChatOpenAI({
      model: "kiro",
      apiKey: gateway.client.token,
      configuration: { baseURL: gateway.openaiUrl },
      useResponsesApi: true,
    });
  });
  after(() => gateway.dispose());

  it("invokes, and goes on in the same session of the agent", async () => {
    const question = new HumanMessage(`Hi ${fakeSay("Hello.")}`);
    const answer = await model.invoke([question]);
    assert.equal(answer.text, "Hello.");
    assert.ok(totalTokens(answer) > 0);
    const next = `Again ${fakeSay("Yes.")}`;
    assert.equal((await model.invoke([question, answer, new HumanMessage(next)])).text, "Yes.");
    const [before, after] = gateway.agentTurns().slice(-2);
    assert.deepEqual([after?.sessionId, after?.prompt], [before?.sessionId, next]);
  });

  it("streams", async () => {
    const chunks: string[] = [];
    for await (const { text } of await model.stream(`Hi ${fakeSay("one two three")}`)) chunks.push(text);
    assert.equal(chunks.join(""), "one two three");
  });

  it("gets structured output", async () => {
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const answer = await model
      .withStructuredOutput(schema)
      .invoke(`Weather? ${fakeSay('{"city":"Bern","degrees":21}')}`);
    assert.deepEqual(answer, { city: "Bern", degrees: 21 });
  });

  it("has an agent that runs a tool, in one prompt", async () => {
    const before = gateway.startedPrompts().length;
    const asked: string[] = [];
    const weather = tool(
      ({ city }: { city: string }) => {
        asked.push(city);
        return `Sunny in ${city}`;
      },
      { name: "weather", description: "The weather of a city", schema: z.object({ city: z.string() }) },
    );
    const agent = createAgent({ model, tools: [weather] });
    const prompt = `Weather? ${fakeCalls([[{ tool: "weather", args: { city: "Bern" } }]])}`;
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: prompt }] });
    assert.deepEqual(
      messages.map(({ type }) => type),
      ["human", "ai", "tool", "ai"],
    );
    assert.match(messages.at(-1)?.text ?? "", /weather returned: Sunny in Bern/);
    assert.deepEqual(asked, ["Bern"]);
    assert.equal(gateway.startedPrompts().length - before, 1);
  });
});
