import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { ChatAnthropic } from "@langchain/anthropic";
import { generateText, Output, streamText } from "ai";
import * as z from "zod";
import { fake, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";

const person = z.object({ name: z.string(), age: z.number() });
const ada = { name: "Ada", age: 36 };
const sayAda = `Who? ${fakeSay(JSON.stringify(ada))}`;

describe("Libraries that speak Anthropic's API", () => {
  let gateway: GatewayBridge;
  before(async () => {
    gateway = await startGatewayBridge();
  });
  after(() => gateway.dispose());

  describe("the AI SDK", () => {
    const model = () => createAnthropic({ baseURL: `${gateway.origin}/v1`, apiKey: gateway.client.token })("kiro");

    it("generates a text", async () => {
      const { text, finishReason, usage } = await generateText({
        model: model(),
        maxRetries: 0,
        maxOutputTokens: 1000,
        prompt: `Hi ${fakeSay("Hello.")}`,
      });
      assert.equal(text, "Hello.");
      assert.equal(finishReason, "stop");
      assert.ok((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
    });

    it("streams a text", async () => {
      const result = streamText({
        model: model(),
        maxRetries: 0,
        maxOutputTokens: 1000,
        prompt: `Hi ${fakeSay("One two three.")}`,
      });
      let text = "";
      for await (const delta of result.textStream) text += delta;
      assert.equal(text, "One two three.");
      assert.equal(await result.finishReason, "stop");
    });

    it("shows what the agent does as reasoning", async () => {
      const { reasoningText, text } = await generateText({
        model: model(),
        maxRetries: 0,
        maxOutputTokens: 1000,
        prompt: `Think ${fake("tool-trusted")}`,
        providerOptions: { anthropic: { thinking: { type: "adaptive" } } },
      });
      assert.ok(reasoningText && text);
    });

    it("generates an object", async () => {
      const { output } = await generateText({
        model: model(),
        maxRetries: 0,
        maxOutputTokens: 1000,
        prompt: sayAda,
        output: Output.object({ schema: person }),
      });
      assert.deepEqual(output, ada);
    });
  });

  describe("LangChain", () => {
    const model = () =>
      new ChatAnthropic({
        model: "kiro",
        maxTokens: 1000,
        maxRetries: 0,
        apiKey: gateway.client.token,
        anthropicApiUrl: gateway.origin,
      });

    it("invokes the agent", async () => {
      const message = await model().invoke(`Hi ${fakeSay("Hello.")}`);
      assert.equal(message.text, "Hello.");
      const usage: unknown = message.usage_metadata;
      assert.ok(Object(usage)["total_tokens"] > 0);
    });

    it("streams", async () => {
      let text = "";
      for await (const chunk of await model().stream(`Hi ${fakeSay("One two three.")}`)) text += chunk.text;
      assert.equal(text, "One two three.");
    });

    it("gets structured output by a tool that it forces", async () => {
      const started = gateway.startedPrompts().length;
      assert.deepEqual(await model().withStructuredOutput(person, { name: "person" }).invoke(sayAda), ada);
      assert.equal(gateway.startedPrompts().length - started, 1);
    });
  });
});
