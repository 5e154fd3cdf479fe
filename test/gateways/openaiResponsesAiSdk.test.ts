import { createOpenAI } from "@ai-sdk/openai";
import { testAiSdk } from "../support/gateways/aiSdkTests.ts";

testAiSdk("@ai-sdk/openai, with responses", {
  modelOf: ({ openaiUrl, client }) => createOpenAI({ baseURL: openaiUrl, apiKey: client.token }).responses("kiro"),
  variants: {
    "by references to kept items": { openai: { store: true } },
    "with store: false": { openai: { store: false } },
  },
});
