import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, type LanguageModel, stepCountIs, streamText, tool } from "ai";
import { cityShape, Weather } from "../../support/gateways/gatewayTests.ts";
import { engineModels, type EngineGateway, startEngineGateway } from "../../support/gateways/startEngineGateway.ts";

const call = { id: "call_1", name: "weather", arguments: ['{"ci', 'ty":"Bern"}'] };

const providers: Readonly<Record<string, (gateway: EngineGateway, model: string) => LanguageModel>> = {
  "@ai-sdk/openai, with chat completions": ({ openaiUrl: baseURL, client: { token: apiKey } }, model) =>
    createOpenAI({ baseURL, apiKey }).chat(model),
  "@ai-sdk/openai, with responses": ({ openaiUrl: baseURL, client: { token: apiKey } }, model) =>
    createOpenAI({ baseURL, apiKey }).responses(model),
  "@ai-sdk/anthropic": ({ openaiUrl: baseURL, client: { token: apiKey } }, model) =>
    createAnthropic({ baseURL, apiKey })(model),
};

for (const [name, modelOf] of Object.entries(providers)) {
  describe(`The AI SDK with ${name}, with models of engines`, () => {
    let gateway: EngineGateway;
    before(async () => {
      gateway = await startEngineGateway();
    });
    after(() => gateway.dispose());

    for (const [protocol, id] of Object.entries(engineModels)) {
      for (const isStream of [false, true]) {
        it(`runs a tool in two steps, ${isStream ? "with" : "without"} a stream, by ${protocol}`, async () => {
          gateway.say({ calls: [call] }, { text: ["weather returned: ", "Sunny in Bern"] });
          const weather = new Weather();
          const lent = tool({ description: "The weather of a city", inputSchema: cityShape, execute: weather.of });
          const model = modelOf(gateway, id);
          const options = {
            model,
            prompt: "Weather?",
            tools: { weather: lent },
            stopWhen: stepCountIs(3),
            maxRetries: 0,
            maxOutputTokens: 100,
          };
          const { text, steps } = isStream ? streamText(options) : await generateText(options);
          weather.assertRun(await text);
          assert.equal((await steps).length, 2);
        });
      }
    }
  });
}
