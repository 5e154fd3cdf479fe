import { createAzure } from "@ai-sdk/azure";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { testAiSdk } from "../support/gateways/aiSdkTests.ts";

testAiSdk("@ai-sdk/openai, with chat completions", {
  modelOf: ({ openaiUrl, client }) => createOpenAI({ baseURL: openaiUrl, apiKey: client.token }).chat("kiro"),
});

testAiSdk("@ai-sdk/openai-compatible", {
  modelOf: ({ openaiUrl, client }) =>
    createOpenAICompatible({
      name: "bridge",
      baseURL: openaiUrl,
      apiKey: client.token,
      supportsStructuredOutputs: true,
    }).chatModel("kiro"),
});

testAiSdk("@ai-sdk/azure, with chat completions", {
  modelOf: ({ origin, client }) => createAzure({ baseURL: `${origin}/openai`, apiKey: client.token }).chat("kiro"),
});
