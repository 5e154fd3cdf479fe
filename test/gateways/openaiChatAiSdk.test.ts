import assert from "node:assert/strict";
import { createAzure } from "@ai-sdk/azure";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import * as z from "zod";
import { fake, fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";
import { until } from "../support/until.ts";

const providers: Readonly<Record<string, (gateway: GatewayBridge) => LanguageModel>> = {
  "@ai-sdk/openai": ({ openaiUrl, client }) => createOpenAI({ baseURL: openaiUrl, apiKey: client.token }).chat("kiro"),
  "@ai-sdk/openai-compatible": ({ openaiUrl, client }) =>
    createOpenAICompatible({
      name: "bridge",
      baseURL: openaiUrl,
      apiKey: client.token,
      supportsStructuredOutputs: true,
    }).chatModel("kiro"),
  "@ai-sdk/azure": ({ origin, client }) =>
    createAzure({ baseURL: `${origin}/openai`, apiKey: client.token }).chat("kiro"),
};

for (const [name, modelOf] of Object.entries(providers)) {
  describe(`The AI SDK with ${name}, with chat completions`, () => {
    let gateway: GatewayBridge;
    let model: LanguageModel;
    before(async () => {
      gateway = await startGatewayBridge();
      model = modelOf(gateway);
    });
    after(() => gateway.dispose());

    it("generates a text", async () => {
      const { text, finishReason, usage } = await generateText({ model, prompt: `Hi ${fakeSay("Hello.")}` });
      assert.deepEqual([text, finishReason], ["Hello.", "stop"]);
      assert.ok((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
    });

    it("streams a text", async () => {
      const result = streamText({ model, prompt: `Hi ${fakeSay("one two three")}` });
      const parts: string[] = [];
      for await (const part of result.textStream) parts.push(part);
      assert.equal(parts.join(""), "one two three");
      assert.equal(await result.finishReason, "stop");
    });

    for (const isStream of [false, true]) {
      it(`runs a tool in two steps of one prompt, ${isStream ? "with" : "without"} a stream`, async () => {
        const before = gateway.startedPrompts().length;
        const asked: string[] = [];
        const weather = tool({
          description: "The weather of a city",
          inputSchema: z.object({ city: z.string() }),
          execute: async ({ city }) => {
            asked.push(city);
            return `Sunny in ${city}`;
          },
        });
        const options = {
          model,
          prompt: `Weather? ${fakeCalls([[{ tool: "weather", args: { city: "Bern" } }]])}`,
          tools: { weather },
          stopWhen: stepCountIs(3),
        };
        const { text, steps } = isStream ? streamText(options) : await generateText(options);
        assert.match(await text, /weather returned: Sunny in Bern/);
        assert.equal((await steps).length, 2);
        assert.deepEqual(asked, ["Bern"]);
        assert.equal(gateway.startedPrompts().length - before, 1);
      });
    }

    it("generates an object", async () => {
      const { output } = await generateText({
        model,
        prompt: `Weather? ${fakeSay('{"city":"Bern","degrees":21}')}`,
        output: Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) }),
      });
      assert.deepEqual(output, { city: "Bern", degrees: 21 });
    });

    it("cancels the execution when it is aborted", async () => {
      const { events } = gateway.bridge.core;
      const before = events.lastId;
      const abort = new AbortController();
      const generating = generateText({ model, prompt: `Wait ${fake("hang")}`, abortSignal: abort.signal });
      const happened = (type: string) => () => events.read(before).events.some((event) => event.type === type);
      await until(happened("command-started"));
      abort.abort();
      await assert.rejects(generating, { name: "AbortError" });
      await until(happened("command-cancelled"));
    });
  });
}
