import assert from "node:assert/strict";
import { generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import {
  assertCancelled,
  assertOnePrompt,
  assertSameSession,
  cityShape,
  prompts,
  report,
  reportShape,
  Weather,
} from "./gatewayTests.ts";
import { type GatewayBridge, startGatewayBridge } from "./startGatewayBridge.ts";

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>;

export interface AiSdkOptions {
  readonly modelOf: (gateway: GatewayBridge) => LanguageModel;
  /** Options with which tools are tested, by words that say what they do. */
  readonly variants?: Readonly<Record<string, ProviderOptions>>;
}

interface Tested {
  readonly gateway: GatewayBridge;
  readonly model: LanguageModel;
}

/** Tests the AI SDK with one of its providers. @param name of the provider, and the API that it speaks */
export function testAiSdk(name: string, { modelOf, variants = { "as they are": {} } }: AiSdkOptions): void {
  describe(`The AI SDK with ${name}`, () => {
    let gateway: GatewayBridge;
    before(async () => {
      gateway = await startGatewayBridge();
    });
    after(() => gateway.dispose());

    const tested = (): Tested => ({ gateway, model: modelOf(gateway) });
    testTexts(tested);
    for (const [how, providerOptions] of Object.entries(variants)) {
      for (const isStream of [false, true]) {
        it(`runs a tool in two steps of one prompt, ${isStream ? "with" : "without"} a stream, ${how}`, () =>
          testTool(tested(), providerOptions, isStream));
      }
    }
    it("cancels the execution when it is aborted", () => {
      const { model } = tested();
      const ask = (abortSignal: AbortSignal) => generateText({ model, prompt: prompts.endless, abortSignal });
      return assertCancelled(gateway, ask, { name: "AbortError" });
    });
  });
}

function testTexts(tested: () => Tested): void {
  it("generates a text", async () => {
    const { text, finishReason, usage } = await generateText({ model: tested().model, prompt: prompts.hello });
    assert.deepEqual([text, finishReason], ["Hello.", "stop"]);
    assert.ok((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
  });

  it("streams a text", async () => {
    const result = streamText({ model: tested().model, prompt: prompts.numbers });
    const parts: string[] = [];
    for await (const part of result.textStream) parts.push(part);
    assert.equal(parts.join(""), "one two three");
    assert.equal(await result.finishReason, "stop");
  });

  it("goes on in the same session of the agent", async () => {
    const { gateway, model } = tested();
    const question = { role: "user", content: prompts.hello } as const;
    const { response } = await generateText({ model, messages: [question] });
    const next = { role: "user", content: prompts.again } as const;
    const { text } = await generateText({ model, messages: [question, ...response.messages, next] });
    assert.equal(text, "Yes.");
    assertSameSession(gateway, prompts.again);
  });

  it("generates an object", async () => {
    const output = Output.object({ schema: reportShape });
    const answer = await generateText({ model: tested().model, prompt: prompts.report, output });
    assert.deepEqual(answer.output, report);
  });
}

async function testTool({ gateway, model }: Tested, providerOptions: ProviderOptions, isStream: boolean) {
  await assertOnePrompt(gateway, async () => {
    const weather = new Weather();
    const lent = tool({ description: "The weather of a city", inputSchema: cityShape, execute: weather.of });
    const stopWhen = stepCountIs(3);
    const options = { model, prompt: prompts.weather, tools: { weather: lent }, stopWhen, providerOptions };
    const { text, steps } = isStream ? streamText(options) : await generateText(options);
    weather.assertRun(await text);
    assert.equal((await steps).length, 2);
  });
}
