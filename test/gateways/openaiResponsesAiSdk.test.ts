import assert from "node:assert/strict";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import * as z from "zod";
import { fake, fakeCalls, fakeSay } from "../fixtures/simulator/directive.ts";
import { type GatewayBridge, startGatewayBridge } from "../support/gateways/startGatewayBridge.ts";
import { until } from "../support/until.ts";

describe("The AI SDK, with responses", () => {
  let gateway: GatewayBridge;
  let model: LanguageModel;
  before(async () => {
    gateway = await startGatewayBridge();
    model = createOpenAI({ baseURL: gateway.openaiUrl, apiKey: gateway.client.token }).responses("kiro");
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

  for (const store of [true, false]) {
    for (const isStream of [false, true]) {
      const how = `${isStream ? "with" : "without"} a stream, ${store ? "by references to kept items" : "with store: false"}`;
      it(`runs a tool in two steps of one prompt, ${how}`, async () => {
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
          providerOptions: { openai: { store } },
        };
        const { text, steps } = isStream ? streamText(options) : await generateText(options);
        assert.match(await text, /weather returned: Sunny in Bern/);
        assert.equal((await steps).length, 2);
        assert.deepEqual(asked, ["Bern"]);
        assert.equal(gateway.startedPrompts().length - before, 1);
      });
    }
  }

  it("goes on in the same session of the agent", async () => {
    const question = { role: "user", content: `Hi ${fakeSay("Hello.")}` } as const;
    const { response } = await generateText({ model, messages: [question] });
    const next = { role: "user", content: `Again ${fakeSay("Yes.")}` } as const;
    const { text } = await generateText({ model, messages: [question, ...response.messages, next] });
    assert.equal(text, "Yes.");
    const [before, after] = gateway.agentTurns().slice(-2);
    assert.deepEqual([after?.sessionId, after?.prompt], [before?.sessionId, next.content]);
  });

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
