import assert from "node:assert/strict";
import type { Response } from "openai/resources/responses/responses";
import type { Piece } from "../../../../../src/gateways/turns/turn.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import {
  accumulated,
  activity,
  end,
  ID,
  lastOf,
  rendererOf,
  response,
  streamOf,
  text,
  typesOf,
  usage,
} from "./renderResponse.ts";

const calls: Piece = {
  type: "calls",
  calls: [
    { id: "call_1", name: "f", arguments: '{"a":1}' },
    { id: "call_2", name: "mcp__x", arguments: "{}" },
  ],
};
const tools = [
  { type: "function", name: "f" },
  { type: "namespace", name: "mcp", description: "", tools: [{ type: "function", name: "x" }] },
];

describe("The renderer of responses", () => {
  it("writes the events of a text in their order, with numbers", () => {
    const events = streamOf([text("Hel"), text("lo"), end]);
    assert.deepEqual(typesOf(events), [
      "created",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "completed",
    ]);
    assert.deepEqual(
      events.map((event) => ("sequence_number" in event ? event.sequence_number : -1)),
      [...events.keys()],
    );
  });

  it("writes activity as the summary of a reasoning item between the texts", () => {
    const events = streamOf([text("A"), activity("Reads x"), activity("Reads y"), text("B"), end]);
    assert.deepEqual(typesOf(events).slice(5, 15), [
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "reasoning_summary_part.added",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.delta",
      "reasoning_summary_text.done",
      "reasoning_summary_part.done",
      "output_item.done",
    ]);
    assert.deepEqual(
      lastOf(events).output.map(({ type }) => type),
      ["message", "reasoning", "message"],
    );
  });

  it("writes calls with their arguments, and their names as the client has declared them", () => {
    const events = streamOf([text("Let me"), calls, { type: "end", stopReason: "tool-use", usage }], { tools });
    assert.deepEqual(typesOf(events).slice(-9), [
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "completed",
    ]);
    const [key, message, first, second] = lastOf(events).output;
    assert.deepEqual([key?.type, message?.type], ["reasoning", "message"]);
    assert.deepEqual(first, {
      id: "fc_0123456789abcdef0123456789ab0002",
      type: "function_call",
      status: "completed",
      call_id: "call_1",
      name: "f",
      arguments: '{"a":1}',
    });
    assert.deepEqual(second, {
      id: "fc_0123456789abcdef0123456789ab0003",
      type: "function_call",
      status: "completed",
      call_id: "call_2",
      name: "x",
      namespace: "mcp",
      arguments: "{}",
    });
  });

  it("begins with the key of the session if the client asks for it", () => {
    const [, , added, done] = streamOf([text("A"), end], { include: ["reasoning.encrypted_content"] });
    const item = {
      id: "rs_0123456789abcdef0123456789ab0000",
      type: "reasoning",
      summary: [],
      encrypted_content: "tag.session.hmac",
    };
    assert.deepEqual(added, { type: "response.output_item.added", sequence_number: 2, output_index: 0, item });
    assert.deepEqual(done, { type: "response.output_item.done", sequence_number: 3, output_index: 0, item });
    assert.ok(!JSON.stringify(streamOf([text("A"), end])).includes(response.key));
  });

  it("has a message though the answer is empty", () => {
    const { output } = lastOf(streamOf([activity("Reads x"), end]));
    assert.deepEqual(
      output.map((item) => (item.type === "message" ? item.content : item.type)),
      ["reasoning", [{ type: "output_text", text: "", annotations: [], logprobs: [] }]],
    );
  });

  it("is incomplete after the most tokens", () => {
    const events = streamOf([text("A"), { type: "end", stopReason: "length", usage }]);
    const { status, incomplete_details, output } = lastOf(events);
    assert.equal(events.at(-1)?.type, "response.incomplete");
    assert.deepEqual([status, incomplete_details], ["incomplete", { reason: "max_output_tokens" }]);
    assert.deepEqual(
      output.map((item) => ("status" in item ? item.status : "")),
      ["incomplete"],
    );
  });

  it("is complete after a stop sequence", () => {
    const last = lastOf(
      streamOf([text("A"), { type: "end", stopReason: "stop-sequence", stopSequence: "END", usage }]),
    );
    assert.deepEqual([last.status, last.incomplete_details], ["completed", null]);
  });

  it("is complete with a part that refuses", () => {
    const events = streamOf([text("A"), { type: "end", stopReason: "refusal", usage }]);
    assert.deepEqual(typesOf(events).slice(5), [
      "output_text.done",
      "content_part.done",
      "content_part.added",
      "refusal.delta",
      "refusal.done",
      "content_part.done",
      "output_item.done",
      "completed",
    ]);
    const refusal = { type: "refusal", refusal: "The agent refused to answer." };
    const contentOf = (body: Response) => body.output.map((item) => (item.type === "message" ? item.content : []));
    assert.deepEqual(contentOf(lastOf(events))[0]?.[1], refusal);
    assert.deepEqual(contentOf(lastOf(streamOf([{ type: "end", stopReason: "refusal", usage }]))), [[refusal]]);
  });

  const failures: readonly (readonly [string, BridgeError, boolean, string])[] = [
    ["has begun", new BridgeError("COMMAND_EXECUTION_FAILED", "The agent died."), true, "invalid_prompt"],
    ["has begun, of a kind that can be repeated", new BridgeError("KIRO_UNAVAILABLE", "Gone."), true, "invalid_prompt"],
    ["can never work", new BridgeError("VALIDATION_FAILED", "No images."), false, "invalid_prompt"],
    ["has not begun", new BridgeError("KIRO_UNAVAILABLE", "Not logged in."), false, "server_error"],
    ["was too much", new BridgeError("RATE_LIMIT_EXCEEDED", "Queue full."), false, "rate_limit_exceeded"],
  ];
  for (const [what, error, hasBegun, code] of failures) {
    it(`fails with ${code} if the turn ${what}`, () => {
      const events = streamOf([text("A"), { type: "failed", error, hasBegun }]);
      const failed = lastOf(events);
      assert.equal(events.at(-1)?.type, "response.failed");
      assert.deepEqual([failed.status, failed.error?.code, failed.error?.message], ["failed", code, error.message]);
      assert.equal(failed.usage, null);
      assert.deepEqual(
        failed.output.map((item) => ("status" in item ? item.status : "")),
        ["incomplete"],
      );
    });
  }

  it("is cancelled if its client goes before the end, and not after it", () => {
    const updates: string[] = [];
    const renderer = rendererOf({}, ({ status }) => updates.push(status));
    renderer.start(response);
    renderer.piece(text("A"));
    renderer.cancel();
    renderer.cancel();
    assert.deepEqual(updates, ["in_progress", "cancelled"]);
    const ended = rendererOf({}, ({ status }) => updates.push(status));
    ended.body([text("A"), end], response);
    ended.cancel();
    assert.deepEqual(updates.slice(2), ["completed"]);
  });

  it("has the usage, estimated, with what the agent says of itself", () => {
    assert.deepEqual(lastOf(streamOf([text("A"), end])).usage, {
      input_tokens: 7,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 12,
      kiro: { estimated: true, credits: 0.25, contextPercent: 12 },
    });
  });

  it("repeats what the request asked for", () => {
    const body = lastOf(
      streamOf([text("A"), end], {
        model: "kiro/fast",
        instructions: "Be brief.",
        metadata: { topic: "x" },
        tools: [...tools, { type: "web_search" }],
        tool_choice: "auto",
        max_output_tokens: 50,
        store: false,
      }),
    );
    assert.deepEqual(
      [
        body.id,
        body.created_at,
        body.model,
        body.instructions,
        body.metadata,
        body.tools,
        body.max_output_tokens,
        body.conversation,
      ],
      [`resp_${ID}`, 1_700_000_000, "kiro/fast", "Be brief.", { topic: "x" }, tools, 50, null],
    );
    assert.deepEqual(lastOf(streamOf([end])).conversation, { id: `conv_${ID}` });
  });

  const turns: Record<string, readonly Piece[]> = {
    text: [text("Hel"), text("lo"), end],
    "text and activity": [activity("a"), text("A"), activity("b"), activity("c"), text("B"), end],
    calls: [activity("a"), text("A"), calls, { type: "end", stopReason: "tool-use", usage }],
    refusal: [text("A"), { type: "end", stopReason: "refusal", usage }],
    nothing: [end],
  };
  for (const [name, pieces] of Object.entries(turns)) {
    it(`writes the same without a stream, and as events that the SDK puts together: ${name}`, () => {
      const events = streamOf(pieces, { tools });
      const last = lastOf(events);
      const { output_text: _text, ...beforeLast } = accumulated(events.slice(0, -1));
      assert.deepEqual(beforeLast.output, last.output);
      const { completed_at: _at, ...whole } = rendererOf({ tools }).body(pieces, response);
      const { completed_at: __at, ...streamed } = last;
      assert.deepEqual(whole, streamed);
    });
  }
});
