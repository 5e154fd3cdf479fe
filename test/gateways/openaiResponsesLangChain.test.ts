import { ChatOpenAI } from "@langchain/openai";
import { testLangChain } from "../support/gateways/langChainTests.ts";

testLangChain(
  "responses",
  ({ openaiUrl, client }) =>
    new ChatOpenAI({
      model: "kiro",
      apiKey: client.token,
      configuration: { baseURL: openaiUrl },
      useResponsesApi: true,
    }),
);
