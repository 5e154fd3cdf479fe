import { createAnthropic } from "@ai-sdk/anthropic";
import { defaultSettingsMiddleware, wrapLanguageModel } from "ai";
import { testAiSdk } from "../support/gateways/aiSdkTests.ts";

testAiSdk("@ai-sdk/anthropic", {
  modelOf: ({ origin, client }) =>
    wrapLanguageModel({
      model: createAnthropic({ baseURL: `${origin}/v1`, apiKey: client.token })("kiro"),
      // It warns about models without a known limit.
      middleware: defaultSettingsMiddleware({ settings: { maxOutputTokens: 1000 } }),
    }),
  variants: {
    "as they are": {},
    "with thinking": { anthropic: { thinking: { type: "adaptive" } } },
    "without thinking": { anthropic: { thinking: { type: "disabled" } } },
  },
});
