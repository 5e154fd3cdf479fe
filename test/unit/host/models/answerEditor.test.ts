import assert from "node:assert/strict";
import type * as vscode from "vscode";
import { editorUser } from "../../../../src/core/access/principal.ts";
import type { Piece, TurnRequest, TurnResponse } from "../../../../src/gateways/turns/turn.ts";
import { answerEditor, countTokens } from "../../../../src/host/models/offer/answerEditor.ts";
import { BridgeError, type ErrorCode } from "../../../../src/protocol/errors.ts";
import { withDeadline } from "../../../support/editor/deadline.ts";
import { LanguageModelError, modelClasses } from "./fakeModelsApi.ts";

const {
  LanguageModelTextPart: TextPart,
  LanguageModelDataPart: DataPart,
  LanguageModelToolCallPart: CallPart,
  LanguageModelToolResultPart: ResultPart,
  LanguageModelPromptTsxPart: TsxPart,
  LanguageModelChatMessage: ChatMessage,
  LanguageModelChatToolMode: toolModes,
} = modelClasses;
const DEADLINE_MS = 30_000;
const never = new AbortController().signal;
const api = { ...modelClasses, LanguageModelError };
const end: Piece = { type: "end", stopReason: "end", usage: { inputTokens: 1, outputTokens: 1 } };

type Options = Partial<vscode.ProvideLanguageModelChatResponseOptions>;

/** The turns of the gateways, with an answer of the test's. */
class ScriptedTurns {
  readonly requests: TurnRequest[] = [];
  /** How each response was closed. */
  readonly closed: string[] = [];
  readonly #answer: (signal: AbortSignal) => AsyncIterable<Piece>;

  constructor(answer: (signal: AbortSignal) => AsyncIterable<Piece>) {
    this.#answer = answer;
  }

  async respond(request: TurnRequest): Promise<TurnResponse> {
    this.requests.push(request);
    return {
      id: "r",
      executionId: "e",
      agent: "kiro",
      session: "s",
      createdAt: 0,
      key: "k",
      inputTokens: 1,
      accepted: Promise.resolve(),
      estimated: [],
      ignored: [],
      pieces: (signal) => this.#answer(signal),
      arrived: () => void this.closed.push("arrived"),
      leave: () => void this.closed.push("left"),
    };
  }
}

const says = (...pieces: readonly Piece[]) =>
  new ScriptedTurns(async function* () {
    yield* pieces;
  });

async function ask(
  turns: Pick<ScriptedTurns, "respond">,
  messages: readonly vscode.LanguageModelChatMessage[],
  options: Options = {},
  signal = never,
): Promise<readonly vscode.LanguageModelResponsePart[]> {
  const parts: vscode.LanguageModelResponsePart[] = [];
  const request = { model: "kiro", messages, options: { toolMode: toolModes.Auto, ...options } };
  await withDeadline(
    answerEditor({ api, turns, caller: editorUser }, request, (part) => parts.push(part), signal),
    DEADLINE_MS,
    "the answer",
  );
  return parts;
}

/** A conversation with parts of all kinds. */
const conversation = [
  ChatMessage.User([
    new TextPart("Look"),
    DataPart.image(Buffer.from("pixels"), "image/png"),
    DataPart.text("some lines"),
    DataPart.json({ hint: true }, "cache_control"),
  ]),
  ChatMessage.Assistant([new TextPart("I see. "), new CallPart("c1", "weather", { city: "Bern" })]),
  ChatMessage.User([
    new ResultPart("c1", [
      new TextPart("rain"),
      new TsxPart({ node: 1 }),
      DataPart.image(Buffer.from("map"), "image/png"),
    ]),
    new TextPart("Go on"),
  ]),
];

describe("The answer to the editor", () => {
  it("is text and calls, in their order, without what the agent does by itself", async () => {
    const turns = says(
      { type: "activity", text: "Reading a file" },
      { type: "text", text: "It " },
      { type: "text", text: "rains" },
      {
        type: "calls",
        calls: [
          { id: "c1", name: "weather", arguments: '{"city":"Bern"}' },
          { id: "c2", name: "weather", arguments: "{broken" },
        ],
      },
      end,
    );
    assert.deepEqual(await ask(turns, [ChatMessage.User("Weather?")]), [
      new TextPart("It "),
      new TextPart("rains"),
      new CallPart("c1", "weather", { city: "Bern" }),
      new CallPart("c2", "weather", { arguments: "{broken" }),
    ]);
    assert.deepEqual(turns.closed, ["arrived"]);
  });

  it("is asked for by the user of the editor, with the whole conversation and the tools", async () => {
    const turns = says(end);
    const inputSchema = { properties: { city: { type: "string" } } };
    await ask(turns, conversation, {
      tools: [{ name: "weather", description: "Tells the weather", inputSchema }],
      toolMode: toolModes.Required,
      modelOptions: { temperature: 0.5, max_tokens: 100, stop: "END", unknown: true },
    });
    const [{ replayKey, ...request } = assert.fail("no request")] = turns.requests;
    assert.notEqual(replayKey, "");
    assert.deepEqual(request, {
      caller: editorUser,
      model: "kiro",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image", mimeType: "image/png", data: Buffer.from("pixels").toString("base64") },
            { type: "text", text: "some lines" },
          ],
        },
        {
          role: "assistant",
          text: "I see. ",
          calls: [{ id: "c1", name: "weather", arguments: '{"city":"Bern"}' }],
          keys: [],
        },
        {
          role: "tool",
          callId: "c1",
          content: [
            { type: "text", text: "rain" },
            { type: "text", text: '{"node":1}' },
            { type: "image", mimeType: "image/png", data: Buffer.from("map").toString("base64") },
          ],
          isError: false,
        },
        { role: "user", content: [{ type: "text", text: "Go on" }] },
      ],
      tools: [{ name: "weather", description: "Tells the weather", parameters: { type: "object", ...inputSchema } }],
      toolChoice: "required",
      stop: ["END"],
      maxTokens: 100,
      parameters: { temperature: 0.5 },
    });
  });

  it("takes instructions, for which the editor has a role that is not in its types", async () => {
    const turns = says(end);
    const instructions = ChatMessage.User("Be brief.");
    Object.assign(instructions, { role: 3 });
    await ask(turns, [instructions, ChatMessage.User("Hello")]);
    assert.deepEqual(turns.requests[0]?.messages[0], { role: "system", text: "Be brief." });
    assert.equal(turns.requests[0]?.toolChoice, "auto");
  });

  it("is another one for each request, because people do ask twice", async () => {
    const turns = says(end);
    await ask(turns, [ChatMessage.User("Hello")]);
    await ask(turns, [ChatMessage.User("Hello")]);
    const [first, second] = turns.requests;
    assert.notEqual(first?.replayKey, second?.replayKey);
  });

  it("ends quietly when the editor cancels it, and the turn is left", async () => {
    const abort = new AbortController();
    const turns = new ScriptedTurns(async function* (signal) {
      yield { type: "text", text: "I think" };
      abort.abort();
      signal.throwIfAborted();
    });
    assert.deepEqual(await ask(turns, [ChatMessage.User("Hello")], {}, abort.signal), [new TextPart("I think")]);
    assert.deepEqual(turns.closed, ["left"]);
  });

  it("fails with the code of the editor where it has one, and with the sentence in any case", async () => {
    const cases: readonly (readonly [ErrorCode, string | undefined])[] = [
      ["NOT_FOUND", "NotFound"],
      ["ACCESS_DENIED", "NoPermissions"],
      ["RATE_LIMIT_EXCEEDED", "Blocked"],
      ["KIRO_UNAVAILABLE", "KIRO_UNAVAILABLE"],
    ];
    for (const [code, expected] of cases) {
      const error = new BridgeError(code, `It is ${code}.`);
      const failed = says({ type: "text", text: "so far" }, { type: "failed", error, hasBegun: true });
      const refused = { respond: () => Promise.reject(error) };
      for (const turns of [failed, refused])
        await assert.rejects(ask(turns, [ChatMessage.User("Hello")]), { code: expected, message: `It is ${code}.` });
      assert.deepEqual(failed.closed, ["left"]);
    }
  });
});

describe("countTokens", () => {
  it("estimates the tokens of a text, and of a message with its parts", () => {
    assert.equal(countTokens("12345678", api), 2);
    const message = ChatMessage.User([new TextPart("12345678"), DataPart.image(Buffer.from("pixels"), "image/png")]);
    assert.equal(countTokens(message, api), 1502);
    assert.equal(countTokens(ChatMessage.Assistant([new CallPart("c1", "echo", {})]), api), 2);
  });
});
