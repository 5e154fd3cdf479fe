import { ChatAnthropic } from "@langchain/anthropic";
import { testLangChain } from "../support/gateways/langChainTests.ts";

testLangChain("Anthropic's API", ({ origin, client }) => {
  return new ChatAnthropic({ model: "kiro", maxTokens: 1000, apiKey: client.token, anthropicApiUrl: origin });
});
