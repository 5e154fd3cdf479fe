import assert from "node:assert/strict";
import { ChatRenderer, type ChatRendererOptions } from "../../../../../src/gateways/openai/chat/chatRenderer.ts";
import type { Piece, TurnResponse } from "../../../../../src/gateways/turns/turn.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";

const response: TurnResponse = {
  id: "r1",
  executionId: "e1",
  agent: "kiro",
  estimated: ["usage"],
  session: "s1",
  createdAt: 1_700_000_000_999,
  key: "k1",
  inputTokens: 7,
  accepted: Promise.resolve(),
  ignored: [],
  pieces: () => {
    throw new Error("not read");
  },
  arrived: () => undefined,
  leave: () => undefined,
};
const usage = { inputTokens: 7, outputTokens: 3 };
const end: Piece = { type: "end", stopReason: "end", usage };
const calls: Piece = {
  type: "calls",
  calls: [
    { id: "call_1", name: "weather", arguments: '{"city":"Bern"}' },
    { id: "call_2", name: "time", arguments: "{}" },
  ],
};
const head = { id: "chatcmpl-r1", created: 1_700_000_000, model: "kiro" };

const rendererOf = (options: Partial<ChatRendererOptions> = {}) =>
  new ChatRenderer({ model: "kiro", includesUsage: false, isOlderForm: false, ...options });

/** The whole stream. */
function streamOf(pieces: readonly Piece[], options?: Partial<ChatRendererOptions>): string {
  const renderer = rendererOf(options);
  return renderer.start(response) + pieces.map((piece) => renderer.piece(piece)).join("");
}

/** The deltas of the stream, with the reason at its end. */
function deltasOf(pieces: readonly Piece[], options?: Partial<ChatRendererOptions>): readonly unknown[] {
  return [...streamOf(pieces, options).matchAll(/"delta":(.*?),"logprobs":null,"finish_reason":(.*?)\}/g)].map(
    ([, delta = "", reason = ""]): unknown => (reason === "null" ? JSON.parse(delta) : JSON.parse(reason)),
  );
}

describe("A stream of a chat completion", () => {
  it("has the role, the text, the end and [DONE], to the byte", () => {
    const chunk = (delta: string, reason: string) =>
      `data: {"id":"chatcmpl-r1","created":1700000000,"model":"kiro","object":"chat.completion.chunk",` +
      `"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}]}\n\n`;
    assert.equal(
      streamOf([{ type: "text", text: "Hello\nworld" }, end]),
      [
        chunk('{"role":"assistant","content":""}', "null"),
        chunk('{"content":"Hello\\nworld"}', "null"),
        chunk("{}", '"stop"'),
        "data: [DONE]\n\n",
      ].join(""),
    );
  });

  it("has the usage in a chunk of its own if it is asked for, and null in the others", () => {
    const chunks = streamOf([end], { includesUsage: true }).split("\n\n");
    const counts = '{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"kiro":{"estimated":true}}';
    assert.match(chunks[0] ?? "", /"usage":null\}$/);
    assert.match(chunks[1] ?? "", /"finish_reason":"stop"\}\],"usage":null\}$/);
    assert.ok(chunks[2]?.endsWith(`"choices":[],"usage":${counts}}`));
    assert.equal(chunks[3], "data: [DONE]");
  });

  it("has the activity of the agent as reasoning", () => {
    assert.deepEqual(deltasOf([{ type: "activity", text: "Reading a.ts" }, end]).slice(1), [
      { reasoning_content: "Reading a.ts" },
      "stop",
    ]);
  });

  it("has calls with their index, first the name and then the arguments", () => {
    assert.deepEqual(deltasOf([calls, { ...end, stopReason: "tool-use" }]).slice(1), [
      {
        tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } }],
      },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":"Bern"}' } }] },
      { tool_calls: [{ index: 1, id: "call_2", type: "function", function: { name: "time", arguments: "" } }] },
      { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
      "tool_calls",
    ]);
  });

  it("has a call in the older form for a caller that knows no other", () => {
    assert.deepEqual(deltasOf([calls, { ...end, stopReason: "tool-use" }], { isOlderForm: true }).slice(1), [
      { function_call: { name: "weather", arguments: '{"city":"Bern"}' } },
      "function_call",
    ]);
  });

  it("ends with an error that no client repeats, once the agent has begun", () => {
    const error = new BridgeError("COMMAND_EXECUTION_FAILED", "The agent has died.");
    const chunks = streamOf([{ type: "failed", error, hasBegun: true }]).split("\n\n");
    assert.equal(
      chunks[1],
      'data: {"error":{"message":"The agent has died.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}',
    );
    assert.equal(chunks[2], "");
  });

  it("ends with an error that clients may repeat, if nothing ran", () => {
    const error = new BridgeError("KIRO_UNAVAILABLE", "Nobody is logged in.");
    const stream = streamOf([{ type: "failed", error, hasBegun: false }]);
    assert.match(stream, /data: \{"error":\{"message":"Nobody is logged in\.","type":"overloaded_error"/);
    assert.doesNotMatch(stream, /\[DONE\]|invalid_prompt/);
  });
});

describe("The body of a chat completion", () => {
  const bodyOf = (pieces: readonly Piece[], options?: Partial<ChatRendererOptions>) =>
    rendererOf(options).body(pieces, response);

  it("has the whole text, the reasoning and the usage", () => {
    const told: Piece = { ...end, usage: { ...usage, credits: 0.5, contextPercent: 12 } };
    const pieces: readonly Piece[] = [
      { type: "activity", text: "Reading. " },
      { type: "text", text: "Hello " },
      { type: "activity", text: "Writing." },
      { type: "text", text: "world" },
      told,
    ];
    assert.deepEqual(bodyOf(pieces), {
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Hello world",
            refusal: null,
            reasoning_content: "Reading. Writing.",
          },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 7,
        completion_tokens: 3,
        total_tokens: 10,
        kiro: { estimated: true, credits: 0.5, contextPercent: 12 },
      },
    });
  });

  it("has calls, without a text if there is none", () => {
    const body = JSON.stringify(bodyOf([calls, { ...end, stopReason: "tool-use" }]));
    assert.match(body, /"content":null,"refusal":null,"tool_calls":\[\{"id":"call_1","type":"function"/);
    assert.match(body, /"finish_reason":"tool_calls"/);
    const older = JSON.stringify(bodyOf([calls, { ...end, stopReason: "tool-use" }], { isOlderForm: true }));
    assert.match(older, /"function_call":\{"name":"weather","arguments":"\{\\"city\\":\\"Bern\\"\}"\}/);
    assert.match(older, /"finish_reason":"function_call"/);
  });

  it("has an empty text for an empty answer", () => {
    assert.match(JSON.stringify(bodyOf([end])), /"content":""/);
  });

  it("says why it has ended", () => {
    const reasons = (["end", "stop-sequence", "length", "refusal"] as const).map(
      (stopReason) => /"finish_reason":"(\w+)"/.exec(JSON.stringify(bodyOf([{ ...end, stopReason }])))?.[1],
    );
    assert.deepEqual(reasons, ["stop", "stop", "length", "content_filter"]);
  });
});
