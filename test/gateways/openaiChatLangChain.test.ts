import { ChatOpenAI } from "@langchain/openai";
import { testLangChain } from "../support/gateways/langChainTests.ts";

testLangChain(
  "chat completions",
  ({ openaiUrl, client }) =>
    new ChatOpenAI({
      model: "kiro",
      apiKey: client.token,
      configuration: { baseURL: openaiUrl },
      useResponsesApi: false,
    }),
);
