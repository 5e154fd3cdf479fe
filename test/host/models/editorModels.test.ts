import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ModelFailure } from "../../../src/core/models/modelFailure.ts";
import type { StepEvent, StepRequest } from "../../../src/core/models/step.ts";
import { EditorChatModels } from "../../../src/host/models/editorModels.ts";
import { waitForBridge } from "../support.ts";

/** As in the manifest of the driver, see `writeDriver.ts`. */
const VENDOR = "kiro-bridge-tests";
const DRIVER = "kiro-bridge-tests.test-driver";
const never = new AbortController().signal;
const weather = { name: "weather", description: "Tells the weather", parameters: { type: "object" } } as const;
const ask: StepRequest = {
  model: `${VENDOR}/small`,
  system: "Be brief.",
  items: [
    { role: "user", content: [{ type: "text", text: "Weather?" }] },
    { role: "assistant", parts: [{ type: "call", id: "c0", name: "weather", arguments: '{"city":"Basel"}' }] },
    {
      role: "results",
      results: [{ callId: "c0", name: "weather", content: [{ type: "text", text: "rain" }], isError: false }],
    },
  ],
  tools: [weather],
};

/** A model of another extension, which tells what it was asked, and calls a tool. */
class OtherModel implements vscode.LanguageModelChatProvider {
  readonly asked: string[] = [];
  error: Error | undefined;

  provideLanguageModelChatInformation(): vscode.LanguageModelChatInformation[] {
    const sizes = { maxInputTokens: 1000, maxOutputTokens: 100 };
    return [
      { id: "small", name: "Small", family: "small", version: "1", ...sizes, capabilities: { toolCalling: true } },
    ];
  }

  async provideLanguageModelChatResponse(
    _model: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    { tools = [] }: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
  ): Promise<void> {
    if (this.error !== undefined) throw this.error;
    for (const { role, content } of messages) this.asked.push(`${role}: ${content.map(kindOf).join(", ")}`);
    this.asked.push(`tools: ${tools.map(({ name }) => name).join(", ")}`);
    progress.report(new vscode.LanguageModelTextPart("It rains. "));
    progress.report(new vscode.LanguageModelToolCallPart("c1", "weather", { city: "Bern" }));
  }

  async provideTokenCount(): Promise<number> {
    return 7;
  }
}

function kindOf(part: unknown): string {
  if (part instanceof vscode.LanguageModelTextPart) return part.value;
  if (part instanceof vscode.LanguageModelToolCallPart) return `call ${part.name} ${JSON.stringify(part.input)}`;
  return part instanceof vscode.LanguageModelToolResultPart ? `result of ${part.callId}` : "another part";
}

describe("The models of other extensions", () => {
  let models: EditorChatModels;
  let other: OtherModel;
  let registered: vscode.Disposable;

  before(async function () {
    // The tests are no extension in the development form, and so can have no models.
    if (vscode.extensions.getExtension(DRIVER) === undefined) return void this.skip();
    await waitForBridge();
    other = new OtherModel();
    registered = vscode.lm.registerLanguageModelChatProvider(VENDOR, other);
    const state = new Map<string, unknown>();
    models = new EditorChatModels({
      api: vscode,
      access: { canSendRequest: () => true },
      state: { get: (key) => state.get(key), update: async (key, value) => void state.set(key, value) },
    });
    await models.allow(ask.model, never);
  });

  after(() => registered?.dispose());

  async function step(request = ask): Promise<StepEvent[]> {
    const events: StepEvent[] = [];
    for await (const event of models.stream(request, never)) events.push(event);
    return events;
  }

  it("are listed without those that the bridge itself offers", async () => {
    const vendors = (await vscode.lm.selectChatModels()).map(({ vendor }) => vendor);
    assert.ok(vendors.includes("kiro-bridge"), vendors.join());
    assert.deepEqual(await models.list(), [{ id: ask.model, name: "Small", vendor: VENDOR, maxInputTokens: 1000 }]);
  });

  it("answer with text and calls, and get the whole conversation and the tools", async () => {
    const parts = [
      { type: "text", text: "It rains. " },
      { type: "call", id: "c1", name: "weather", arguments: '{"city":"Bern"}' },
    ];
    assert.deepEqual(await step(), [
      { type: "text", text: "It rains. " },
      { type: "call-started", id: "c1", name: "weather" },
      {
        type: "end",
        result: {
          parts,
          finish: "tool-calls",
          usage: { inputTokens: 7, outputTokens: 7, isEstimated: true },
          model: ask.model,
        },
      },
    ]);
    assert.deepEqual(other.asked, [
      "1: Be brief.",
      "1: Weather?",
      '2: call weather {"city":"Basel"}',
      "1: result of c0",
      "tools: weather",
    ]);
  });

  it("fail with the kind that the editor's own errors have", async () => {
    const failureOf = async (request = ask): Promise<string> => {
      const error: unknown = await step(request).catch((reason: unknown) => reason);
      return error instanceof ModelFailure ? error.kind : String(error);
    };
    other.error = vscode.LanguageModelError.Blocked("Quota exceeded");
    assert.equal(await failureOf(), "rate-limited");
    other.error = vscode.LanguageModelError.NoPermissions("Not here");
    assert.equal(await failureOf(), "forbidden");
    other.error = new Error("The prompt exceeds the context window");
    assert.equal(await failureOf(), "too-long");
    assert.equal(await failureOf({ ...ask, model: `${VENDOR}/large` }), "not-found");
  });
});
