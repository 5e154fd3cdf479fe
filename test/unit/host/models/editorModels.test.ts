import assert from "node:assert/strict";
import { ModelFailure } from "../../../../src/core/models/modelFailure.ts";
import type { StepEvent, StepRequest } from "../../../../src/core/models/step.ts";
import type { ModelsApi } from "../../../../src/host/models/editorApi.ts";
import { EditorChatModels } from "../../../../src/host/models/editorModels.ts";
import { withDeadline } from "../../../support/editor/deadline.ts";
import { type Answer, FakeModelsEditor, LanguageModelError, modelClasses } from "./fakeModelsApi.ts";

const { LanguageModelTextPart: TextPart, LanguageModelToolCallPart: CallPart } = modelClasses;
const DEADLINE_MS = 30_000;
const never = new AbortController().signal;
const ask: StepRequest = {
  model: "acme/small",
  system: "",
  items: [{ role: "user", content: [{ type: "text", text: "Say hello" }] }],
  tools: [],
};
const weather = { name: "weather", description: "Tells the weather", parameters: { type: "object" } } as const;

const says = (...parts: readonly unknown[]): Answer =>
  async function* () {
    yield* parts;
  };

async function eventsOf(stream: AsyncIterable<StepEvent>): Promise<StepEvent[]> {
  const events: StepEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe("The models of the editor", () => {
  let editor: FakeModelsEditor;
  let models: EditorChatModels;
  let state: Map<string, unknown>;

  beforeEach(() => {
    editor = new FakeModelsEditor();
    state = new Map();
    models = modelsOf(editor.api);
  });

  const modelsOf = (api: ModelsApi) =>
    new EditorChatModels({
      api,
      access: editor,
      state: { get: (key) => state.get(key), update: async (key, value) => void state.set(key, value) },
    });

  /** An editor with one model, which the user has allowed. */
  async function allowed(answer: Answer): Promise<void> {
    editor.offer([{ vendor: "acme", id: "small", answer }]);
    editor.access.set("acme", true);
    await models.allow("acme/small", never);
  }

  async function stepOf(request: Partial<StepRequest> = {}, signal = never): Promise<StepEvent[]> {
    return await withDeadline(eventsOf(models.stream({ ...ask, ...request }, signal)), DEADLINE_MS, "the step");
  }

  const failureOf = async (work: Promise<unknown>): Promise<ModelFailure> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ModelFailure, String(error));
    return error;
  };

  it("are those of other extensions: what this extension offers to the editor is not among them", async () => {
    assert.deepEqual(await models.list(), []);
    editor.offer([
      { vendor: "acme", id: "small", answer: says() },
      { vendor: "kiro-bridge", id: "kiro", answer: says() },
    ]);
    assert.deepEqual(await models.list(), [{ id: "acme/small", name: "SMALL", vendor: "acme", maxInputTokens: 1000 }]);
    const failure = await failureOf(models.allow("kiro-bridge/kiro", never));
    assert.equal(failure.kind, "not-found");
  });

  it("are none in an editor of another kind", async () => {
    assert.deepEqual(await modelsOf({ ...editor.api, lm: undefined }).list(), []);
  });

  it("are not used before the user has allowed it, and do not make the editor ask by themselves", async () => {
    editor.offer([{ vendor: "acme", id: "small", answer: says(new TextPart("Hello")) }]);
    const failure = await failureOf(stepOf());
    assert.equal(failure.kind, "forbidden");
    assert.match(failure.message, /Allow Models of This Editor/);
    assert.deepEqual(editor.asked, []);
    await models.allow("acme/small", never);
    assert.deepEqual(editor.asked, ["acme"]);
    assert.equal((await stepOf()).at(-1)?.type, "end");
    // The user has allowed the models, but the editor has not been asked for those of this vendor.
    editor.offer([{ vendor: "other", id: "large", answer: says() }]);
    assert.equal((await failureOf(stepOf({ model: "other/large" }))).kind, "forbidden");
    assert.deepEqual(editor.asked, ["acme"]);
  });

  it("stay forbidden if the user refuses when the editor asks", async () => {
    editor.offer([{ vendor: "acme", id: "small", answer: says() }]);
    editor.access.set("acme", false);
    assert.equal((await failureOf(models.allow("acme/small", never))).kind, "forbidden");
    assert.equal((await failureOf(stepOf())).kind, "forbidden");
    assert.equal(state.size, 0);
  });

  it("stream text and calls, and end with the whole step", async () => {
    await allowed(
      says(new TextPart("It "), new TextPart("rains"), new CallPart("c1", "weather", { city: "Bern" }), {}),
    );
    const events = await stepOf({ tools: [weather] });
    assert.deepEqual(events, [
      { type: "text", text: "It " },
      { type: "text", text: "rains" },
      { type: "call-started", id: "c1", name: "weather" },
      {
        type: "end",
        result: {
          parts: [
            { type: "text", text: "It rains" },
            { type: "call", id: "c1", name: "weather", arguments: '{"city":"Bern"}' },
          ],
          finish: "tool-calls",
          usage: { inputTokens: 2, outputTokens: 3, isEstimated: true },
          model: "acme/small",
        },
      },
    ]);
  });

  it("get the whole conversation with images, calls and results, and the tools with the wanted mode", async () => {
    let seen: Parameters<Answer> | undefined;
    await allowed((...request) => {
      seen = request;
      return says()(...request);
    });
    await stepOf({
      system: "Be brief.",
      items: [
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image", mimeType: "image/png", data: Buffer.from("pixels").toString("base64") },
          ],
        },
        {
          role: "assistant",
          parts: [
            { type: "opaque", wire: "anthropic", model: "m", data: {} },
            { type: "call", id: "c1", name: "weather", arguments: "{broken" },
          ],
        },
        {
          role: "results",
          results: [{ callId: "c1", name: "weather", content: [{ type: "text", text: "no JSON" }], isError: true }],
        },
      ],
      tools: [weather, { ...weather, name: "other" }],
      toolChoice: { tool: "weather" },
      temperature: 0,
      maxOutputTokens: 50,
    });
    assert.ok(seen);
    const [messages, options] = seen;
    assert.deepEqual(
      messages.map(({ role, content }) => [role, content]),
      [
        [1, [new TextPart("Be brief.")]],
        [1, [new TextPart("Look"), modelClasses.LanguageModelDataPart.image(Buffer.from("pixels"), "image/png")]],
        [2, [new CallPart("c1", "weather", { arguments: "{broken" })]],
        [
          1,
          [
            new modelClasses.LanguageModelToolResultPart("c1", [
              new TextPart("The call has failed."),
              new TextPart("no JSON"),
            ]),
          ],
        ],
      ],
    );
    assert.deepEqual(options.tools, [
      { name: "weather", description: "Tells the weather", inputSchema: { type: "object" } },
    ]);
    assert.equal(options.toolMode, 2);
    assert.deepEqual(options.modelOptions, { temperature: 0, max_tokens: 50 });
  });

  it("get no tools if none may be called", async () => {
    let options: Parameters<Answer>[1] | undefined;
    await allowed((...request) => {
      options = request[1];
      return says()(...request);
    });
    await stepOf({ tools: [weather], toolChoice: "none" });
    assert.equal(options?.tools, undefined);
    await stepOf({ tools: [weather] });
    assert.equal(options?.toolMode, 1);
  });

  it("refuse an answer by a schema, which the editor cannot ask for", async () => {
    await allowed(says());
    const failure = await failureOf(stepOf({ answerSchema: {} }));
    assert.deepEqual([failure.kind, failure.options.parameter], ["invalid", "answerSchema"]);
  });

  it("are cancelled with the request, also if their stream does not end then", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    let isCancelled = false;
    await allowed(async function* (_messages, _options, token) {
      token.onCancellationRequested(() => (isCancelled = true));
      yield new TextPart("I think");
      begin();
      await new Promise(() => undefined);
    });
    const abort = new AbortController();
    const step = stepOf({}, abort.signal);
    await withDeadline(begun, DEADLINE_MS, "the beginning of the answer");
    const reason = new Error("cancelled by the user");
    abort.abort(reason);
    await assert.rejects(step, reason);
    assert.equal(isCancelled, true);
  });

  it("are told to stop when nobody reads any more", async () => {
    let isCancelled = false;
    await allowed(async function* (_messages, _options, token) {
      token.onCancellationRequested(() => (isCancelled = true));
      yield new TextPart("one");
      yield new TextPart("two");
    });
    for await (const event of models.stream(ask, never)) {
      assert.equal(event.type, "text");
      break;
    }
    assert.equal(isCancelled, true);
  });

  it("fail with a sentence and a kind for each error of the editor", async () => {
    const cases = [
      [new LanguageModelError("NoPermissions"), "forbidden", /Allow Models of This Editor/],
      [new LanguageModelError("Blocked", "Quota exceeded"), "rate-limited", /limit.*Quota exceeded/],
      [new LanguageModelError("NotFound"), "not-found", /no more/],
      [
        new LanguageModelError("Unknown", "x", { cause: new Error("model crashed\n  at stack") }),
        "overloaded",
        /model crashed$/,
      ],
      [new Error("Maximum context length is 8192 tokens"), "too-long", /8192/],
    ] as const;
    for (const [error, kind, words] of cases) {
      await allowed(async function* () {
        yield new TextPart("so far");
        throw error;
      });
      const failure = await failureOf(stepOf());
      assert.equal(failure.kind, kind);
      assert.match(failure.message, words);
    }
  });

  it("say what there is for a model that is not, and what to do if there is none", async () => {
    await allowed(says());
    const unknown = await failureOf(stepOf({ model: "acme/large" }));
    assert.equal(unknown.kind, "not-found");
    assert.match(unknown.message, /acme\/small/);
    editor.offer([]);
    const none = await failureOf(stepOf());
    assert.equal(none.kind, "unreachable");
    assert.match(none.message, /offers no models/);
  });

  it("end an answer that is larger than the bridge accepts", async () => {
    await allowed(async function* () {
      for (;;) yield new TextPart("x".repeat(1024 * 1024));
    });
    assert.equal((await failureOf(stepOf())).kind, "too-large");
  });

  it("estimate the tokens if the model cannot count them", async () => {
    const countTokens = () => Promise.reject(new Error("no tokenizer"));
    editor.offer([{ vendor: "acme", id: "small", answer: says(new TextPart("12345678")), countTokens }]);
    editor.access.set("acme", true);
    await models.allow("acme/small", never);
    const last = (await stepOf({ system: "1234" })).at(-1);
    assert.ok(last?.type === "end");
    assert.deepEqual(last.result.usage, { inputTokens: 4, outputTokens: 2, isEstimated: true });
  });
});
